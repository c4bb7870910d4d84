import { ask, type CommandSender, type RedisArgument } from '../../connection/contract/redis-client.js';
import { BYTES, countUpTo, FLAG, OK, orNull, type ReplyShape } from '../../connection/resp/reply-shape.js';
import { defineScript, runScript, type Script } from '../../connection/scripts.js';
import type { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { LivingLifetime } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import type { LockStore } from '../port/lock-store.js';
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
    const claim: Claim = { key, token, lifetime, endsAtMs: this.endOf(options), failFast: options.failFast };
    try {
      return await this.setIfAbsent(claim);
    } catch (error) {
      if (isUnknown(error)) return this.settle(claim, error);
      throw error;
    }
  }

  holds(key: string, token: string, options: CallOptions = {}): Promise<boolean> {
    return this.reads({ key, token, endsAtMs: this.endOf(options), failFast: options.failFast });
  }

  async isTaken(key: string, { failFast, deadlineMs }: CallOptions = {}): Promise<boolean> {
    const exists = { kind: 'read', alias: this.alias, name: 'EXISTS', args: [key], keys: [key], failFast, deadlineMs } as const;
    return (await ask(this.client, exists, FLAG)) === 1;
  }

  async renew(
    key: string,
    token: string,
    ms: number,
    how: 'replace' | 'add',
    { failFast, deadlineMs }: CallOptions = {},
  ): Promise<boolean> {
    return (await this.run(RENEW, key, [token, ms, how], { reply: FLAG, failFast, deadlineMs })) === 1;
  }

  async drop(key: string, token: string, options: CallOptions = {}): Promise<boolean> {
    const { failFast, deadlineMs } = options;
    const endsAtMs = this.endOf(options);
    try {
      return (await this.run(DROP, key, [token], { reply: DROPPED, failFast, deadlineMs })) === 1;
    } catch (error) {
      if (isUnknown(error)) return this.settleDrop({ key, token, endsAtMs, failFast }, error);
      throw error;
    }
  }

  /** Nobody knows whether it was executed. Asked again with the same token, executed twice is as good as once. */
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

  /** Asked again: what is gone by now was dropped. Where somebody else has it, nobody knows whether we had it until then. */
  private async settleDrop(
    { key, token, endsAtMs, failFast }: Omit<Claim, 'lifetime'>,
    unknown: CacheUnavailableError,
  ): Promise<boolean> {
    while (endsAtMs - performance.now() >= 1) {
      try {
        const deadlineMs = endsAtMs - performance.now();
        if ((await this.run(DROP, key, [token], { reply: DROPPED, failFast, deadlineMs })) === 2) throw unknown;
        return true;
      } catch (error) {
        if (error === unknown || !isUnknown(error) || error.reason === 'protocol') throw unknown;
      }
    }
    throw unknown;
  }

  private async setIfAbsent({ key, token, lifetime, endsAtMs, failFast }: Claim): Promise<boolean> {
    const args: RedisArgument[] = [key, token, 'NX'];
    if (lifetime !== 'forever') args.push('PX', lifetime);
    const deadlineMs = Math.max(1, endsAtMs - performance.now());
    const set = { kind: 'write', alias: this.alias, name: 'SET', args, keys: [key], failFast, deadlineMs } as const;
    return (await ask(this.client, set, OK_OR_NULL)) !== null;
  }

  private async reads({ key, token, endsAtMs, failFast }: Omit<Claim, 'lifetime'>): Promise<boolean> {
    const deadlineMs = Math.max(1, endsAtMs - performance.now());
    const get = { kind: 'read', alias: this.alias, name: 'GET', args: [key], keys: [key], failFast, deadlineMs } as const;
    return (await ask(this.client, get, BYTES_OR_NULL))?.toString('latin1') === token;
  }

  private run(
    script: Script,
    key: string,
    args: readonly RedisArgument[],
    how: Pick<CallOptions, 'failFast' | 'deadlineMs'> & { readonly reply: ReplyShape<number> },
  ): Promise<number> {
    return runScript(this.client, script, { kind: 'write', alias: this.alias, keys: [key], args, ...how });
  }

  private endOf({ deadlineMs = this.client.callDeadlineMs }: CallOptions): number {
    return performance.now() + deadlineMs;
  }
}

interface Claim {
  readonly key: string;
  readonly token: string;
  readonly lifetime: LivingLifetime;
  readonly endsAtMs: number;
  readonly failFast: boolean | undefined;
}
