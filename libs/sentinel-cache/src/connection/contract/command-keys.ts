import { Command } from 'ioredis';

import type { RedisArgument } from './redis-client.js';

/**
 * Where a command says how many keys follow, how many keys stand before that count, and at which distance
 * keys follow each other.
 */
interface Counted {
  readonly at: number;
  readonly before: number;
  readonly step: number;
}

const COUNTED: ReadonlyMap<string, Counted> = new Map([
  ...each({ at: 1, before: 0, step: 1 }, 'EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO'),
  ...each({ at: 1, before: 1, step: 1 }, 'ZUNIONSTORE ZINTERSTORE ZDIFFSTORE'),
  ...each({ at: 0, before: 0, step: 1 }, 'SINTERCARD SDIFFCARD SUNIONCARD LMPOP ZMPOP ZUNION ZINTER ZDIFF ZINTERCARD'),
  ...each({ at: 0, before: 0, step: 2 }, 'MSETEX'),
]);

function each(place: Counted, names: string): [string, Counted][] {
  return names.split(' ').map((name) => [name, place]);
}

/**
 * Returns the keys among the arguments of a command, by ioredis' table of commands; none where the table does
 * not know the command. Only Redis Cluster needs it: elsewhere a command goes to the one primary.
 */
export function commandKeys(name: string, args: readonly RedisArgument[]): readonly (string | Buffer)[] {
  const place = COUNTED.get(name.toUpperCase());
  // ioredis makes a list of any length that a command claims: a billion ends the process.
  if (place) return countedKeys(args, place).map((key) => (Buffer.isBuffer(key) ? key : String(key)));
  const keys = new Command(name, [...args] as RedisArgument[]).getKeys() as unknown[];
  return keys.filter((key) => typeof key === 'string' || Buffer.isBuffer(key));
}

/** A count that is invalid, or larger than the number of arguments, is left for Redis to refuse. */
function countedKeys(args: readonly RedisArgument[], { at, before, step }: Counted): readonly RedisArgument[] {
  const count = Number(args[at]);
  const others = args.slice(at + 1);
  const isCount = Number.isInteger(count) && count >= 0 && count * step <= others.length;
  const counted = isCount ? others.slice(0, count * step).filter((_, i) => i % step === 0) : [];
  return [...args.slice(0, before), ...counted];
}
