import type { PrimaryClient } from '../../connection/contract/redis-client.js';
import { BYTES, FLAG, listOf, orNull, WHOLE_NUMBER_TEXT, type ReplyShape } from '../../connection/resp/reply-shape.js';
import type { Script } from '../../connection/scripts.js';
import type { LivingLifetime, StoredBytes } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import {
  companionLife,
  COMPANION_MARGIN_MS,
  type CompanionCondition,
  type CompanionedEntry,
  type CompanionPair,
  type LifeOrEnd,
  type TagStore,
} from '../port/tag-store.js';
import { runCall } from './send-call.js';
import {
  GENERATIONS,
  INCREMENT_WITH_COMPANION,
  MOVE_WITH_COMPANION,
  REMOVE_WITH_COMPANIONS,
  TOUCH_WITH_COMPANION,
  WRITE_WITH_COMPANIONS,
} from './tag-scripts.js';

const SUM_OR_NULL = orNull(WHOLE_NUMBER_TEXT);
const BYTES_OR_NULL = orNull(BYTES);

/** Entries in Redis with their companions, each call one script. */
export class RedisTags implements TagStore {
  constructor(
    private readonly client: PrimaryClient,
    private readonly alias: string,
  ) {}

  async generations(
    names: readonly string[],
    made: readonly string[],
    { leastMs, lifetime }: { readonly leastMs: number; readonly lifetime: LivingLifetime },
    options?: CallOptions,
  ): Promise<Buffer[]> {
    if (names.length === 0) return [];
    const args = [leastMs, lifetimeText(lifetime), ...made];
    return this.run(GENERATIONS, names, args, listOf(BYTES, { exactly: names.length }), options);
  }

  async write(
    entries: readonly CompanionedEntry[],
    lifetime: LivingLifetime | 'already-expired',
    condition: CompanionCondition,
    options?: CallOptions,
  ): Promise<boolean> {
    if (entries.length === 0) return true;
    const lives = lifetime === 'already-expired' ? ['0', '0'] : [lifetime, companionLife(lifetime)].map(lifetimeText);
    const bytes = entries.flatMap((entry): StoredBytes[] => [entry.bytes, entry.companionBytes ?? '']);
    const args = [...lives, ...conditionArguments(condition), ...bytes];
    return (await this.run(WRITE_WITH_COMPANIONS, namesOf(entries), args, FLAG, options)) === 1;
  }

  async remove(pairs: readonly CompanionPair[], options?: CallOptions): Promise<(Buffer | 'none' | null)[]> {
    if (pairs.length === 0) return [];
    const reply = listOf(BYTES_OR_NULL, { exactly: pairs.length });
    const beside = await this.run(REMOVE_WITH_COMPANIONS, namesOf(pairs), [], reply, options);
    return beside.map((companion) => (companion?.length === 0 ? 'none' : companion));
  }

  async touch(pair: CompanionPair, life: LifeOrEnd, options?: CallOptions): Promise<boolean> {
    const args =
      life === 'forever'
        ? ['PERSIST']
        : typeof life === 'number'
          ? ['PEXPIRE', life, companionLife(life) as number]
          : ['PEXPIREAT', life.atMs, life.atMs + COMPANION_MARGIN_MS];
    return (await this.run(TOUCH_WITH_COMPANION, namesOf([pair]), args, FLAG, options)) === 1;
  }

  async increment(pair: CompanionPair, delta: bigint, options?: CallOptions): Promise<string | null> {
    const sum = await this.run(INCREMENT_WITH_COMPANION, namesOf([pair]), [String(delta)], SUM_OR_NULL, options);
    return sum && sum.toString('latin1');
  }

  async move(from: CompanionPair, to: CompanionPair, options?: CallOptions): Promise<boolean> {
    return (await this.run(MOVE_WITH_COMPANION, namesOf([from, to]), [], FLAG, options)) === 1;
  }

  private run<T>(
    script: Script,
    keys: readonly string[],
    args: readonly (StoredBytes | number)[],
    reply: ReplyShape<T>,
    options?: CallOptions,
  ): Promise<T> {
    return runCall(this.client, script, { kind: 'write', alias: this.alias, keys, args, reply }, options);
  }
}

function namesOf(pairs: readonly CompanionPair[]): string[] {
  return pairs.flatMap(({ key, companion }) => [key, companion]);
}

function lifetimeText(lifetime: LivingLifetime): number | '' {
  return lifetime === 'forever' ? '' : lifetime;
}

function conditionArguments(condition: CompanionCondition): string[] {
  if (typeof condition === 'object') return ['token', condition.token, condition.companionToken ?? ''];
  return [condition === 'always' ? '' : condition, '', ''];
}
