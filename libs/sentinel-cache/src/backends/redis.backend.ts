import { whyRefused } from '../connection/refused-commands.js';
import { failingFast } from '../connection/failing-fast.js';
import type { CommandSender, PrimaryClient, RedisArgument, RedisCommand } from '../connection/redis-client.js';
import { runScript, type Script } from '../connection/scripts.js';
import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import type { RedisCacheConfig } from '../settings/resolved-settings.js';
import type { Lifetime } from '../time/lifetime.js';
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
} from './backend.js';
import { ReadEntry } from './entry-token.js';
import { RedisLocks } from './redis-locks.js';
import { RedisScan, type Unlink } from './redis-scan.js';
import { COMPARE_AND_SET, GET_MANY_WITH_LIFE, GET_WITH_LIFE, INCREMENT, MOVE, SET_MANY } from './redis-scripts.js';
import { RedisStructures } from './redis-structures.js';

/** Commands that change nothing, whatever their arguments, and that Redis does not hold back with the writes. */
const QUESTIONS: ReadonlySet<string> = new Set(['PING', 'INFO']);

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
    return this.read(fresh ? 'read' : 'replica-read', 'GET', [key], [key]) as Promise<Buffer | null>;
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null)[]> {
    return keys.length === 0 ? [] : ((await this.read('replica-read', 'MGET', keys, keys)) as (Buffer | null)[]);
  }

  async getWithLife(key: string): Promise<LivingEntry | null> {
    const reply = (await this.run('read', GET_WITH_LIFE, [key], [])) as [Buffer, number | bigint] | null;
    return reply && livingEntry(...reply);
  }

  async getManyWithLife(keys: readonly string[]): Promise<(LivingEntry | null)[]> {
    if (keys.length === 0) return [];
    const reply = (await this.run('read', GET_MANY_WITH_LIFE, keys, [])) as (Buffer | null | number | bigint)[];
    return keys.map((_, i) => {
      const bytes = reply[2 * i] as Buffer | null;
      return bytes && livingEntry(bytes, reply[2 * i + 1] as number | bigint);
    });
  }

  async set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean> {
    const args: RedisArgument[] = [key, bytes];
    if (lifetime !== 'forever') args.push('PX', lifetime);
    if (condition !== 'always') args.push(condition === 'nx' ? 'NX' : 'XX');
    const startedAtMs = performance.now();
    try {
      return (await this.write('SET', args, [key])) !== null;
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
    await this.run('write', SET_MANY, keys, args);
  }

  async delete(keys: readonly string[]): Promise<number> {
    return keys.length === 0 ? 0 : ((await this.write('UNLINK', keys, keys)) as number);
  }

  async has(key: string): Promise<boolean> {
    return (await this.read('replica-read', 'EXISTS', [key], [key])) === 1;
  }

  async touch(key: string, lifetime: LivingLifetime): Promise<boolean> {
    const reply = lifetime === 'forever' ? this.write('PERSIST', [key], [key]) : this.write('PEXPIRE', [key, lifetime], [key]);
    return (await reply) === 1;
  }

  async expireAt(key: string, atMs: number): Promise<boolean> {
    return (await this.write('PEXPIREAT', [key, atMs], [key])) === 1;
  }

  async increment(key: string, delta: bigint): Promise<string | null> {
    const sum = (await this.run('write', INCREMENT, [key], [String(delta)])) as Buffer | null;
    return sum && sum.toString('latin1');
  }

  async remaining(key: string): Promise<RemainingLife> {
    // Past 2^53 it comes as a bigint: other programs may have set that.
    const ms = Number(await this.read('replica-read', 'PTTL', [key], [key]));
    // In its last millisecond an entry is still there, with a PTTL of 0.
    return ms === -2 ? 'missing' : ms === -1 ? 'forever' : Math.max(1, ms);
  }

  async move(from: string, to: string): Promise<boolean> {
    return (await this.run('write', MOVE, [from, to], [])) === 1;
  }

  async getWithToken(key: string): Promise<ReadEntry> {
    return new ReadEntry(await this.get(key, true));
  }

  async compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    const px = lifetime === 'forever' ? '' : lifetime === 'already-expired' ? '0' : lifetime;
    return (await this.run('write', COMPARE_AND_SET, [key], [token, bytes, px])) === 1;
  }

  scan(pattern: string, options: ScanOptions = {}): AsyncIterable<readonly Buffer[]> {
    return this.scanner.batches(pattern, options);
  }

  async deleteMatching(pattern: string, options: ScanOptions = {}): Promise<number> {
    return this.scanner.deleteMatching(pattern, options);
  }

  async deleteAll(): Promise<void> {
    await this.send('write', 'FLUSHDB', [], 'all');
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
    const stored = (await this.client.send(read).catch(() => null)) as Buffer | null;
    if (stored && !stored.equals(Buffer.from(bytes as string))) return false;
    throw unknown;
  }

  private run(kind: 'read' | 'write', script: Script, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    return runScript(this.client, script, { kind, alias: this.alias, keys, args });
  }

  private read(
    kind: 'read' | 'replica-read',
    name: string,
    args: readonly RedisArgument[],
    keys: readonly string[],
  ): Promise<unknown> {
    return this.send(kind, name, args, keys);
  }

  private write(name: string, args: readonly RedisArgument[], keys: readonly string[]): Promise<unknown> {
    return this.send('write', name, args, keys);
  }

  private send(
    kind: RedisCommand['kind'],
    name: string,
    args: readonly RedisArgument[],
    keys: RedisCommand['keys'],
  ): Promise<unknown> {
    return this.client.send({ kind, alias: this.alias, name, args, keys });
  }
}

/** In its last millisecond an entry is still there, with a PTTL of 0. */
function livingEntry(bytes: Buffer, pttl: number | bigint): LivingEntry {
  return { bytes, life: pttl < 0 ? 'forever' : Math.max(1, Number(pttl)) };
}

function isUnknown(error: unknown): error is CacheUnavailableError {
  return error instanceof CacheUnavailableError && error.executed === 'unknown';
}
