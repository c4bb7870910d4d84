import { whyRefused } from '../../connection/contract/refused-commands.js';
import { failingFast } from '../../connection/failing-fast.js';
import {
  ask,
  type CommandSender,
  type PrimaryClient,
  type RedisArgument,
  type RedisCommand,
} from '../../connection/contract/redis-client.js';
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
import { runScript, type Script } from '../../connection/scripts.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
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
import { ReadEntry } from '../port/entry-token.js';
import { RedisLocks } from './redis-locks.js';
import { RedisScan, type Unlink } from './redis-scan.js';
import { COMPARE_AND_SET, GET_MANY_WITH_LIFE, GET_WITH_LIFE, INCREMENT, MOVE, SET_MANY } from './redis-scripts.js';
import { RedisStructures } from './redis-structures.js';

/** Commands that change nothing, whatever their arguments, and that Redis does not hold back with the writes. */
const QUESTIONS: ReadonlySet<string> = new Set(['PING', 'INFO']);

const OK_OR_NULL = orNull(OK);
const BYTES_OR_NULL = orNull(BYTES);
const SUM_OR_NULL = orNull(WHOLE_NUMBER_TEXT);
const MAYBE_ENTRY = tupleOf<[Buffer | null, number | bigint]>(BYTES_OR_NULL, REMAINING_MS);
const ENTRY_OR_NULL = orNull(tupleOf<[Buffer, number | bigint]>(BYTES, REMAINING_MS));

export type RedisBackendOptions = Pick<RedisCacheConfig, 'scanCount' | 'failsFast'> & { readonly unlink?: Unlink };

/** Bytes in Redis, through the gate. */
export class RedisBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly hasty?: Backend;
  readonly locks: RedisLocks;
  readonly structures: RedisStructures;
  private readonly client: CommandSender;
  private readonly scanner: RedisScan;

  constructor(
    client: PrimaryClient,
    private readonly alias: string,
    { scanCount, failsFast, unlink }: RedisBackendOptions,
  ) {
    this.readsMayLag = client.readsReplicas;
    this.client = failsFast === 'always' ? failingFast(client) : client;
    this.scanner = new RedisScan(this.client, alias, scanCount, unlink);
    this.locks = new RedisLocks(this.client, alias);
    this.structures = new RedisStructures(this.client, alias, this.scanner);
    if (failsFast === 'when-ignoring') this.hasty = new RedisBackend(client, alias, { scanCount, failsFast: 'always' });
  }

  refused<T>({ operation, keys, takesMoreThan = () => false }: PlannedWrite): Promise<T> | undefined {
    const write: RedisCommand = { kind: 'write', alias: this.alias, name: operation, args: [], keys };
    const refusal = this.client.refusal(write, takesMoreThan);
    return refusal && Promise.reject(refusal);
  }

  get(key: string, fresh = false): Promise<Buffer | null> {
    return this.send(fresh ? 'read' : 'replica-read', 'GET', [key], [key], BYTES_OR_NULL);
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null)[]> {
    if (keys.length === 0) return [];
    return this.send('replica-read', 'MGET', keys, keys, listOf(BYTES_OR_NULL, { exactly: keys.length }));
  }

  async getWithLife(key: string): Promise<LivingEntry | null> {
    const entry = await this.run('read', GET_WITH_LIFE, [key], [], ENTRY_OR_NULL);
    return entry && livingEntry(...entry);
  }

  async getManyWithLife(keys: readonly string[]): Promise<(LivingEntry | null)[]> {
    if (keys.length === 0) return [];
    const entries = await this.run('read', GET_MANY_WITH_LIFE, keys, [], listOf(MAYBE_ENTRY, { exactly: keys.length }));
    return entries.map(([bytes, pttl]) => bytes && livingEntry(bytes, pttl));
  }

  async set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean> {
    const args: RedisArgument[] = [key, bytes];
    if (lifetime !== 'forever') args.push('PX', lifetime);
    if (condition !== 'always') args.push(condition === 'nx' ? 'NX' : 'XX');
    const startedAtMs = performance.now();
    try {
      return (await this.send('write', 'SET', args, [key], condition === 'always' ? OK : OK_OR_NULL)) !== null;
    } catch (error) {
      if (condition === 'nx' && isUnknown(error)) return this.settleAdd(key, bytes, error, startedAtMs);
      throw error;
    }
  }

  async setMany(entries: readonly (readonly [string, StoredBytes])[], lifetime: LivingLifetime): Promise<void> {
    const [first, ...others] = entries;
    if (!first) return;
    // One alone needs no script; on a cluster most calls of many keys come down to that.
    if (others.length === 0) return void (await this.set(...first, lifetime, 'always'));
    const keys = entries.map(([key]) => key);
    const args = [lifetime === 'forever' ? '' : lifetime, ...entries.map(([, bytes]) => bytes)];
    await this.run('write', SET_MANY, keys, args, exactly(keys.length));
  }

  async delete(keys: readonly string[]): Promise<number> {
    return keys.length === 0 ? 0 : this.send('write', 'UNLINK', keys, keys, countUpTo(keys.length));
  }

  async has(key: string): Promise<boolean> {
    return (await this.send('replica-read', 'EXISTS', [key], [key], FLAG)) === 1;
  }

  async touch(key: string, lifetime: LivingLifetime): Promise<boolean> {
    const [name, args] = lifetime === 'forever' ? ['PERSIST', [key]] : ['PEXPIRE', [key, lifetime]];
    return (await this.send('write', name, args, [key], FLAG)) === 1;
  }

  async expireAt(key: string, atMs: number): Promise<boolean> {
    return (await this.send('write', 'PEXPIREAT', [key, atMs], [key], FLAG)) === 1;
  }

  async increment(key: string, delta: bigint, most?: number): Promise<string | null> {
    const sum = await this.run('write', INCREMENT, [key], [String(delta), most ?? ''], SUM_OR_NULL);
    return sum && sum.toString('latin1');
  }

  async remaining(key: string): Promise<RemainingLife> {
    // Past 2^53 it comes as a bigint: other programs may have set that.
    const ms = Number(await this.send('replica-read', 'PTTL', [key], [key], REMAINING_MS));
    // In its last millisecond an entry is still there, with a PTTL of 0.
    return ms === -2 ? 'missing' : ms === -1 ? 'forever' : Math.max(1, ms);
  }

  async move(from: string, to: string): Promise<boolean> {
    return (await this.run('write', MOVE, [from, to], [], FLAG)) === 1;
  }

  async getWithToken(key: string): Promise<ReadEntry> {
    return new ReadEntry(await this.get(key, true));
  }

  async compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    const px = lifetime === 'forever' ? '' : lifetime === 'already-expired' ? '0' : lifetime;
    return (await this.run('write', COMPARE_AND_SET, [key], [token, bytes, px], FLAG)) === 1;
  }

  scan(pattern: string, options: ScanOptions = {}): AsyncIterable<readonly Buffer[]> {
    return this.scanner.batches(pattern, options);
  }

  async deleteMatching(pattern: string, options: ScanOptions = {}): Promise<number> {
    return this.scanner.deleteMatching(pattern, options);
  }

  async deleteAll(): Promise<void> {
    await this.send('write', 'FLUSHDB', [], 'all', OK);
  }

  async command(name: string, args: readonly RedisArgument[]): Promise<unknown> {
    const why = whyRefused(name, args);
    if (why) throw new CommandRejectedError('NOTALLOWED', `command: ${why}`, { alias: this.alias });
    const upper = name.toUpperCase();
    return this.client.send({
      kind: QUESTIONS.has(upper) ? 'read' : 'write',
      alias: this.alias,
      name: upper,
      args: [...args],
      keys: 'all',
      ...(upper === 'PING' && args.length === 0 ? { reply: PONG } : {}),
      mayFailHalfway: /^(EVAL|FCALL)/.test(upper),
    });
  }

  /**
   * Nobody knows whether SET NX was executed: the entry tells, as far as it can. Other bytes than ours: somebody else has it.
   * Ours or none: it stays unknown, since another caller may have added the same, or this one may still arrive.
   */
  private async settleAdd(
    key: string,
    bytes: StoredBytes,
    unknown: CacheUnavailableError,
    startedAtMs: number,
  ): Promise<boolean> {
    const deadlineMs = this.client.callDeadlineMs - (performance.now() - startedAtMs);
    if (unknown.reason !== 'connection-lost' || deadlineMs < 1) throw unknown;
    const read: RedisCommand = { kind: 'read', alias: this.alias, name: 'GET', args: [key], keys: [key], deadlineMs };
    const stored = await ask(this.client, read, BYTES_OR_NULL).catch(() => null);
    if (stored && !stored.equals(Buffer.from(bytes as string))) return false;
    throw unknown;
  }

  private run<T>(
    kind: 'read' | 'write',
    script: Script,
    keys: readonly string[],
    args: readonly RedisArgument[],
    reply: ReplyShape<T>,
  ): Promise<T> {
    return runScript(this.client, script, { kind, alias: this.alias, keys, args, reply });
  }

  private send<T>(
    kind: RedisCommand['kind'],
    name: string,
    args: readonly RedisArgument[],
    keys: RedisCommand['keys'],
    reply: ReplyShape<T>,
  ): Promise<T> {
    return this.client.send({ kind, alias: this.alias, name, args, keys, reply }) as Promise<T>;
  }
}

/** In its last millisecond an entry is still there, with a PTTL of 0. */
function livingEntry(bytes: Buffer, pttl: number | bigint): LivingEntry {
  return { bytes, life: pttl < 0 ? 'forever' : Math.max(1, Number(pttl)) };
}

function isUnknown(error: unknown): error is CacheUnavailableError {
  return error instanceof CacheUnavailableError && error.executed === 'unknown';
}
