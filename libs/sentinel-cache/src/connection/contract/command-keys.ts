import { Command } from 'ioredis';

import type { RedisArgument } from './redis-client.js';

/** Where a command says how many keys follow, how many stand before that, and how far they are from each other. */
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
 * The keys among the arguments of any command, by ioredis' table of commands; none where the table does not know it. Only Redis Cluster
 * has to know: everywhere else a command goes to the one primary as it is.
 */
export function commandKeys(name: string, args: readonly RedisArgument[]): readonly (string | Buffer)[] {
  const place = COUNTED.get(name.toUpperCase());
  // ioredis believes any count, and makes a list that long: a billion ends the process.
  if (place) return countedKeys(args, place).map((key) => (Buffer.isBuffer(key) ? key : String(key)));
  const keys = new Command(name, [...args] as RedisArgument[]).getKeys() as unknown[];
  return keys.filter((key) => typeof key === 'string' || Buffer.isBuffer(key));
}

/** A count of keys that is none, or more than there are, is for Redis to refuse. */
function countedKeys(args: readonly RedisArgument[], { at, before, step }: Counted): readonly RedisArgument[] {
  const count = Number(args[at]);
  const others = args.slice(at + 1);
  const isCount = Number.isInteger(count) && count >= 0 && count * step <= others.length;
  const counted = isCount ? others.slice(0, count * step).filter((_, i) => i % step === 0) : [];
  return [...args.slice(0, before), ...counted];
}
