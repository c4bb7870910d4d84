import { whyRefused } from '../connection/refused-commands.js';
import { failingFast } from '../connection/failing-fast.js';
import type { CommandSender, RedisArgument, RedisClient, RedisCommand } from '../connection/redis-client.js';
import { defineScript, runScript, type Script } from '../connection/scripts.js';
import { CacheUnavailableError, type Executed, type UnavailableReason } from '../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import type { RedisCacheConfig } from '../settings/resolved-settings.js';
import type { Lifetime } from '../time/lifetime.js';
import type { Backend, EntryToken, LivingLifetime, RemainingLife, SetCondition, StoredBytes } from './backend.js';
import { ABSENT, ReadEntry } from './entry-token.js';

/** A scan that had to start over this often, because the primary changed, gives up. */
const MAX_SCAN_RESTARTS = 20;

/** Commands that change nothing, whatever their arguments, and that Redis does not hold back with the writes. */
const QUESTIONS: ReadonlySet<string> = new Set(['PING', 'INFO']);

/** INCRBY by its own reply would pass through Lua's doubles: the text of the entry is exact past 2^53. */
const INCREMENT = defineScript(`if redis.call('EXISTS', KEYS[1]) == 0 then return false end
redis.call('INCRBY', KEYS[1], ARGV[1])
return redis.call('GET', KEYS[1])`);

const SET_MANY = defineScript(`for i = 1, #KEYS do
  if ARGV[1] == '' then redis.call('SET', KEYS[i], ARGV[i + 1]) else redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[1]) end
end
return #KEYS`);

const GET_WITH_LIFE = defineScript(`local bytes = redis.call('GET', KEYS[1])
if not bytes then return false end
return {bytes, redis.call('PTTL', KEYS[1])}`);

const COMPARE_AND_SET = defineScript(`local bytes = redis.call('GET', KEYS[1])
local token = bytes and redis.sha1hex(bytes) or '${ABSENT}'
if token ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1])
elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`);

export type RedisBackendOptions = Pick<RedisCacheConfig, 'scanCount' | 'failsFast'>;

/** Bytes in Redis, through the gate. */
export class RedisBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly hasty?: Backend;
  private readonly client: CommandSender;
  private readonly scanCount: number;

  constructor(
    client: RedisClient,
    private readonly alias: string,
    { scanCount, failsFast }: RedisBackendOptions,
  ) {
    this.scanCount = scanCount;
    this.readsMayLag = client.readsReplicas;
    this.client = failsFast === 'always' ? failingFast(client) : client;
    if (failsFast === 'when-ignoring') this.hasty = new RedisBackend(client, alias, { scanCount, failsFast: 'always' });
  }

  get(key: string, fresh = false): Promise<Buffer | null> {
    return this.read(fresh ? 'read' : 'replica-read', 'GET', [key], [key]) as Promise<Buffer | null>;
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null)[]> {
    return keys.length === 0 ? [] : ((await this.read('replica-read', 'MGET', keys, keys)) as (Buffer | null)[]);
  }

  async getWithLife(key: string): Promise<{ bytes: Buffer; life: number | 'forever' } | null> {
    const reply = (await this.run('read', GET_WITH_LIFE, [key], [])) as [Buffer, number] | null;
    return reply && { bytes: reply[0], life: reply[1] < 0 ? 'forever' : Math.max(1, reply[1]) };
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
    if (entries.length === 0) return;
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

  async increment(key: string, delta: bigint): Promise<string | null> {
    const sum = (await this.run('write', INCREMENT, [key], [String(delta)])) as Buffer | null;
    return sum && sum.toString('latin1');
  }

  async remaining(key: string): Promise<RemainingLife> {
    const ms = (await this.read('replica-read', 'PTTL', [key], [key])) as number;
    // In its last millisecond an entry is still there, with a PTTL of 0.
    return ms === -2 ? 'missing' : ms === -1 ? 'forever' : Math.max(1, ms);
  }

  async getWithToken(key: string): Promise<ReadEntry> {
    return new ReadEntry(await this.get(key, true));
  }

  async compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    const px = lifetime === 'forever' ? '' : lifetime === 'already-expired' ? '0' : lifetime;
    return (await this.run('write', COMPARE_AND_SET, [key], [token, bytes, px])) === 1;
  }

  async deleteMatching(pattern: string, signal?: AbortSignal): Promise<number> {
    const progress = { deleted: 0 };
    try {
      for (let restarts = 0; restarts <= MAX_SCAN_RESTARTS; restarts += 1) {
        // Another primary knows nothing of a cursor: what is left is found from the start.
        if (await this.deleteOnOnePrimary(pattern, progress, signal)) return progress.deleted;
      }
      throw this.unavailable('connection-lost', 'unknown', 'the primary changed too often to go through its keys.');
    } catch (error) {
      if (progress.deleted === 0 || !(error instanceof CacheUnavailableError)) throw error;
      throw this.unavailable(error.reason, 'unknown', `${progress.deleted} entries were removed, then: ${error.message}`, error);
    }
  }

  /** Whether it came to the end on the connection it began on. */
  private async deleteOnOnePrimary(pattern: string, progress: { deleted: number }, signal?: AbortSignal): Promise<boolean> {
    let generation: number | undefined;
    let cursor = '0';
    do {
      if (signal?.aborted) throw this.unavailable('aborted', false, 'the caller aborted it.', signal.reason);
      const [next, keys] = await this.scan(cursor, pattern);
      generation ??= this.client.generation();
      if (keys.length > 0) progress.deleted += (await this.send('write', 'UNLINK', keys, 'all')) as number;
      cursor = next;
    } while (cursor !== '0' && generation === this.client.generation());
    return generation === this.client.generation();
  }

  private unavailable(reason: UnavailableReason, executed: Executed, message: string, cause?: unknown): CacheUnavailableError {
    return new CacheUnavailableError(reason, executed, `Cache '${this.alias}': ${message}`, { alias: this.alias, cause });
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

  private async scan(cursor: string, pattern: string): Promise<[string, Buffer[]]> {
    const reply = await this.send('read', 'SCAN', [cursor, 'MATCH', pattern, 'COUNT', this.scanCount], 'all');
    const [next, keys] = reply as [Buffer, Buffer[]];
    return [String(next), keys];
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

function isUnknown(error: unknown): error is CacheUnavailableError {
  return error instanceof CacheUnavailableError && error.executed === 'unknown';
}
