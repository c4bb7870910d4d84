import type { CommandSender, RedisArgument } from '../../connection/contract/redis-client.js';
import { BYTES, countUpTo, FLAG, OK, orNull, type ReplyShape } from '../../connection/resp/reply-shape.js';
import { defineScript, type Script } from '../../connection/scripts.js';
import type { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { LivingLifetime } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import type { LockStore } from '../port/lock-store.js';
import { runCall, sendCall } from './send-call.js';
import { isUnknown } from './unknown-outcome.js';

/** 1: deleted; 0: there was nothing; 2: somebody else's. */
const DROP = defineScript(
  'release',
  `local token = redis.call('GET', KEYS[1])
if not token then return 0 end
if token ~= ARGV[1] then return 2 end
return redis.call('DEL', KEYS[1])`,
);

/** PEXPIRE, not SET: a full server (OOM) refuses to write, and a lock has to be kept all the same. */
const RENEW = defineScript(
  'extend',
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local ms = tonumber(ARGV[2])
if ARGV[3] == 'add' then
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 then return 1 end
  ms = ms + left
end
return redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ms))`,
);

const DROPPED = countUpTo(2);
const BYTES_OR_NULL = orNull(BYTES);
const OK_OR_NULL = orNull(OK);

/** Locks in Redis, as redis-py's: `SET key token NX PX ms`, and scripts that compare the token first. */
export class RedisLocks implements LockStore {
  constructor(
    private readonly client: CommandSender,
    private readonly alias: string,
  ) {}

  async claim(key: string, token: string, lifetime: LivingLifetime, options: CallOptions = {}): Promise<boolean> {
    const claim: Claim = { key, token, lifetime, options, endsAtMs: this.endOf(options) };
    try {
      return await this.setIfAbsent(claim);
    } catch (error) {
      if (isUnknown(error)) return this.settle(claim, error);
      throw error;
    }
  }

  holds(key: string, token: string, options: CallOptions = {}): Promise<boolean> {
    return this.reads({ key, token, options, endsAtMs: this.endOf(options) });
  }

  async isTaken(key: string, options?: CallOptions): Promise<boolean> {
    return (await this.send('read', 'EXISTS', [key], FLAG, options)) === 1;
  }

  async renew(key: string, token: string, ms: number, how: 'replace' | 'add', options?: CallOptions): Promise<boolean> {
    return (await this.run(RENEW, key, [token, ms, how], FLAG, options)) === 1;
  }

  async drop(key: string, token: string, options: CallOptions = {}): Promise<boolean> {
    const endsAtMs = this.endOf(options);
    try {
      return (await this.run(DROP, key, [token], DROPPED, options)) === 1;
    } catch (error) {
      if (isUnknown(error)) return this.settleDrop({ key, token, options, endsAtMs }, error);
      throw error;
    }
  }

  /**
   * Nobody knows whether it was executed. Asked again with the same token, executed twice is as good as once.
   */
  private async settle(claim: Claim, unknown: CacheUnavailableError): Promise<boolean> {
    while (claim.endsAtMs - performance.now() >= 1) {
      try {
        return (await this.setIfAbsent(claim)) || (await this.reads(claim));
      } catch (error) {
        // Not even asked, or answered with nonsense: what is unknown stays so.
        if (!isUnknown(error) || error.reason === 'protocol') throw unknown;
      }
    }
    throw unknown;
  }

  /**
   * Asked again: what is gone by now was dropped. Where somebody else has it, nobody knows whether we had it
   * until then.
   */
  private async settleDrop(
    { key, token, options, endsAtMs }: Omit<Claim, 'lifetime'>,
    unknown: CacheUnavailableError,
  ): Promise<boolean> {
    while (endsAtMs - performance.now() >= 1) {
      try {
        if ((await this.run(DROP, key, [token], DROPPED, within(endsAtMs, options))) === 2) throw unknown;
        return true;
      } catch (error) {
        if (error === unknown || !isUnknown(error) || error.reason === 'protocol') throw unknown;
      }
    }
    throw unknown;
  }

  private async setIfAbsent({ key, token, lifetime, options, endsAtMs }: Claim): Promise<boolean> {
    const args: RedisArgument[] = [key, token, 'NX'];
    if (lifetime !== 'forever') args.push('PX', lifetime);
    return (await this.send('write', 'SET', args, OK_OR_NULL, within(endsAtMs, options))) !== null;
  }

  private async reads({ key, token, options, endsAtMs }: Omit<Claim, 'lifetime'>): Promise<boolean> {
    const stored = await this.send('read', 'GET', [key], BYTES_OR_NULL, within(endsAtMs, options));
    return stored?.toString('latin1') === token;
  }

  private run(
    script: Script,
    key: string,
    args: readonly RedisArgument[],
    reply: ReplyShape<number>,
    options?: CallOptions,
  ): Promise<number> {
    return runCall(this.client, script, { kind: 'write', alias: this.alias, keys: [key], args, reply }, options);
  }

  /** The key comes first among the arguments. */
  private send<T>(
    kind: 'read' | 'write',
    name: string,
    args: readonly RedisArgument[],
    reply: ReplyShape<T>,
    options?: CallOptions,
  ): Promise<T> {
    return sendCall(this.client, { kind, alias: this.alias, name, args, keys: [String(args[0])], reply }, options);
  }

  private endOf({ deadlineMs = this.client.callDeadlineMs }: CallOptions): number {
    return performance.now() + deadlineMs;
  }
}

interface Claim {
  readonly key: string;
  readonly token: string;
  readonly lifetime: LivingLifetime;
  readonly options: CallOptions;
  readonly endsAtMs: number;
}

/** The options of a part of a call that begins now. */
function within(endsAtMs: number, options: CallOptions): CallOptions {
  return { ...options, deadlineMs: Math.max(1, endsAtMs - performance.now()) };
}
