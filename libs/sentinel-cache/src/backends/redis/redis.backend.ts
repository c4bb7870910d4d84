import { describeCommand } from '../../connection/contract/operation.js';
import { whyRefused } from '../../connection/contract/refused-commands.js';
import { type PrimaryClient, type RedisArgument, type RedisCommand } from '../../connection/contract/redis-client.js';
import {
  BYTES,
  countUpTo,
  exactly,
  FLAG,
  listOf,
  OK,
  orNull,
  PONG,
  REMAINING_MS,
  tupleOf,
  WHOLE_NUMBER_TEXT,
  type ReplyShape,
} from '../../connection/resp/reply-shape.js';
import { areLeasesUsed } from '../../copies/leases-used.js';
import type { Script } from '../../connection/scripts.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { RedisCacheConfig } from '../../settings/shapes/resolved-settings.js';
import type { Lifetime } from '../../time/lifetime.js';
import type {
  Backend,
  EntryToken,
  LivingEntry,
  LivingLifetime,
  PlannedWrite,
  RemainingLife,
  ScanOptions,
  SetCondition,
  StoredBytes,
} from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { ReadEntry } from '../port/entry-token.js';
import { livingEntry, remainingLife } from './living-entry.js';
import { DELETE_WITH_LEASES, leaseOf, RedisLeases } from './redis-leases.js';
import { RedisLocks } from './redis-locks.js';
import { RedisScan, type Unlink } from './redis-scan.js';
import { COMPARE_AND_SET, GET_MANY_WITH_LIFE, GET_WITH_LIFE, INCREMENT, MOVE, SET_MANY } from './redis-scripts.js';
import { RedisStructures } from './redis-structures.js';
import { RedisTags } from './redis-tags.js';
import { runCall, sendCall, type Question } from './send-call.js';
import { isUnknown, settleAdd } from './unknown-outcome.js';

/**
 * Commands that change nothing, whatever their arguments, and that Redis does not hold back with the writes.
 */
const QUESTIONS: ReadonlySet<string> = new Set(['PING', 'INFO']);

const OK_OR_NULL = orNull(OK);
const BYTES_OR_NULL = orNull(BYTES);
const SUM_OR_NULL = orNull(WHOLE_NUMBER_TEXT);
const MAYBE_ENTRY = tupleOf<[Buffer | null, number | bigint]>(BYTES_OR_NULL, REMAINING_MS);
const ENTRY_OR_NULL = orNull(tupleOf<[Buffer, number | bigint]>(BYTES, REMAINING_MS));

export type RedisBackendOptions = Pick<RedisCacheConfig, 'scanCount'> & {
  readonly unlink?: Unlink;
};

/** Bytes in Redis, through the gate. */
export class RedisBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly locks: RedisLocks;
  readonly leases: RedisLeases;
  readonly structures: RedisStructures;
  readonly companions: RedisTags;
  private readonly scanner: RedisScan;

  constructor(
    private readonly client: PrimaryClient,
    private readonly alias: string,
    { scanCount, unlink }: RedisBackendOptions,
  ) {
    this.readsMayLag = client.readsReplicas;
    this.scanner = new RedisScan(client, alias, scanCount, unlink);
    this.locks = new RedisLocks(client, alias);
    this.leases = new RedisLeases(client, alias, this.locks);
    this.structures = new RedisStructures(client, alias, this.scanner);
    this.companions = new RedisTags(client, alias);
  }

  refused<T>(
    { operation, keys, takesMoreThan = () => false }: PlannedWrite,
    { failFast, operation: call = { method: operation } }: CallOptions = {},
  ): Promise<T> | undefined {
    const { alias } = this;
    const write: RedisCommand = { kind: 'write', alias, operation: call, name: operation, args: [], keys, failFast };
    const refusal = this.client.refusal(write, takesMoreThan);
    return refusal && Promise.reject(refusal);
  }

  get(key: string, options?: CallOptions): Promise<Buffer | null> {
    return this.send('replica-read', 'GET', [key], [key], BYTES_OR_NULL, options);
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]> {
    if (keys.length === 0) return [];
    return this.send('replica-read', 'MGET', keys, keys, listOf(BYTES_OR_NULL, { exactly: keys.length }), options);
  }

  async getWithLife(key: string, options?: CallOptions): Promise<LivingEntry | null> {
    const entry = await this.run('read', GET_WITH_LIFE, [key], [], ENTRY_OR_NULL, options);
    return entry && livingEntry(...entry);
  }

  async getManyWithLife(keys: readonly string[], options?: CallOptions): Promise<(LivingEntry | null)[]> {
    if (keys.length === 0) return [];
    const reply = listOf(MAYBE_ENTRY, { exactly: keys.length });
    const entries = await this.run('read', GET_MANY_WITH_LIFE, keys, [], reply, options);
    return entries.map(([bytes, pttl]) => bytes && livingEntry(bytes, pttl));
  }

  async set(
    key: string,
    bytes: StoredBytes,
    lifetime: LivingLifetime,
    condition: SetCondition,
    options?: CallOptions,
  ): Promise<boolean> {
    const args: RedisArgument[] = [key, bytes];
    if (lifetime !== 'forever') args.push('PX', lifetime);
    if (condition !== 'always') args.push(condition === 'nx' ? 'NX' : 'XX');
    const startedAtMs = performance.now();
    try {
      return (await this.send('write', 'SET', args, [key], condition === 'always' ? OK : OK_OR_NULL, options)) !== null;
    } catch (error) {
      if (condition !== 'nx' || !isUnknown(error)) throw error;
      const leftMs = (options?.deadlineMs ?? this.client.callDeadlineMs) - (performance.now() - startedAtMs);
      return settleAdd(error, bytes, leftMs, (deadlineMs) => this.get(key, { ...options, deadlineMs, fresh: true }));
    }
  }

  async setMany(
    entries: readonly (readonly [string, StoredBytes])[],
    lifetime: LivingLifetime,
    options?: CallOptions,
  ): Promise<void> {
    const [first, ...others] = entries;
    if (!first) return;
    // One alone needs no script; on a cluster most calls of many keys come down to that.
    if (others.length === 0) return void (await this.set(...first, lifetime, 'always', options));
    const keys = entries.map(([key]) => key);
    const args = [lifetime === 'forever' ? '' : lifetime, ...entries.map(([, bytes]) => bytes)];
    await this.run('write', SET_MANY, keys, args, exactly(keys.length), options);
  }

  async delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    if (keys.length === 0) return 0;
    if (!areLeasesUsed()) return this.send('write', 'UNLINK', keys, keys, countUpTo(keys.length), options);
    const withLeases = [...keys, ...keys.map(leaseOf)];
    return this.run('write', DELETE_WITH_LEASES, withLeases, [], countUpTo(keys.length), options);
  }

  async has(key: string, options?: CallOptions): Promise<boolean> {
    return (await this.send('replica-read', 'EXISTS', [key], [key], FLAG, options)) === 1;
  }

  async touch(key: string, lifetime: LivingLifetime, options?: CallOptions): Promise<boolean> {
    const [name, args] = lifetime === 'forever' ? ['PERSIST', [key]] : ['PEXPIRE', [key, lifetime]];
    return (await this.send('write', name, args, [key], FLAG, options)) === 1;
  }

  async expireAt(key: string, atMs: number, options?: CallOptions): Promise<boolean> {
    return (await this.send('write', 'PEXPIREAT', [key, atMs], [key], FLAG, options)) === 1;
  }

  async increment(key: string, delta: bigint, options?: CallOptions): Promise<string | null> {
    const sum = await this.run('write', INCREMENT, [key], [String(delta)], SUM_OR_NULL, options);
    return sum && sum.toString('latin1');
  }

  async remaining(key: string, options?: CallOptions): Promise<RemainingLife> {
    return remainingLife(await this.send('replica-read', 'PTTL', [key], [key], REMAINING_MS, options));
  }

  async move(from: string, to: string, options?: CallOptions): Promise<boolean> {
    return (await this.run('write', MOVE, [from, to], [], FLAG, options)) === 1;
  }

  async getWithToken(key: string, options?: CallOptions): Promise<ReadEntry> {
    return new ReadEntry(await this.send('read', 'GET', [key], [key], BYTES_OR_NULL, options));
  }

  async compareAndSet(
    key: string,
    token: EntryToken,
    bytes: StoredBytes,
    lifetime: Lifetime,
    options?: CallOptions,
  ): Promise<boolean> {
    const px = lifetime === 'forever' ? '' : lifetime === 'already-expired' ? '0' : lifetime;
    return (await this.run('write', COMPARE_AND_SET, [key], [token, bytes, px], FLAG, options)) === 1;
  }

  scan(pattern: string, options: ScanOptions = {}): AsyncIterable<readonly Buffer[]> {
    return this.scanner.batches(pattern, options);
  }

  async deleteMatching(pattern: string, options: ScanOptions = {}): Promise<number> {
    return this.scanner.deleteMatching(pattern, options);
  }

  async deleteAll(options?: CallOptions): Promise<void> {
    await this.send('write', 'FLUSHDB', [], 'all', OK, options);
  }

  async command(name: string, args: readonly RedisArgument[], options?: CallOptions): Promise<unknown> {
    const why = whyRefused(name, args);
    const upper = name.toUpperCase();
    if (why) {
      const call = describeCommand({ alias: this.alias, operation: options?.operation, name: upper });
      throw new CommandRejectedError('NOTALLOWED', `${call}: ${why}`, { alias: this.alias });
    }
    const question: Question<unknown> = {
      kind: QUESTIONS.has(upper) ? 'read' : 'write',
      alias: this.alias,
      name: upper,
      args: [...args],
      keys: 'all',
      ...(upper === 'PING' && args.length === 0 ? { reply: PONG } : {}),
      mayFailHalfway: /^(EVAL|FCALL)/.test(upper),
    };
    return sendCall(this.client, question, options);
  }

  private run<T>(
    kind: 'read' | 'write',
    script: Script,
    keys: readonly string[],
    args: readonly RedisArgument[],
    reply: ReplyShape<T>,
    options?: CallOptions,
  ): Promise<T> {
    return runCall(this.client, script, { kind, alias: this.alias, keys, args, reply }, options);
  }

  private send<T>(
    kind: RedisCommand['kind'],
    name: string,
    args: readonly RedisArgument[],
    keys: RedisCommand['keys'],
    reply: ReplyShape<T>,
    options?: CallOptions,
  ): Promise<T> {
    const from = kind === 'replica-read' && options?.fresh ? 'read' : kind;
    return sendCall(this.client, { kind: from, alias: this.alias, name, args, keys, reply }, options);
  }
}
