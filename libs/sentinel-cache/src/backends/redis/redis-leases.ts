import type { PrimaryClient, RedisArgument } from '../../connection/contract/redis-client.js';
import {
  BYTES,
  countUpTo,
  FLAG,
  INTEGER,
  orNull,
  REMAINING_MS,
  tupleOf,
  type ReplyShape,
} from '../../connection/resp/reply-shape.js';
import { defineScript, type Script } from '../../connection/scripts.js';
import { inSlotOf } from '../../keys/same-slot.js';
import { leaseStem } from '../../keys/lease-name.js';
import { areLeasesUsed } from '../../copies/leases-used.js';
import type { CallOptions } from '../port/call-options.js';
import { ABSENT } from '../port/entry-token.js';
import { FENCE_MS, type LeaseClaim, type LeasedEntry, type LeaseRequest, type LeaseStore } from '../port/lease-store.js';
import { livingEntry } from './living-entry.js';
import type { RedisLocks } from './redis-locks.js';
import { runCall } from './send-call.js';

const OURS = -1;
const NEEDLESS = -2;

/**
 * KEYS: the entry, its lease. ARGV: the token, the life of the lease, the life of an entry that needs none
 * ('': any does). Answers the entry, its PTTL, and who has the lease.
 */
const CLAIM = defineScript(
  'getOrSet',
  `local bytes, life = redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])
if bytes and ARGV[3] ~= '' and (life == -1 or life > tonumber(ARGV[3])) then return {bytes, life, ${NEEDLESS}} end
local holder, left = redis.call('GET', KEYS[2]), redis.call('PTTL', KEYS[2])
left = left < 0 and tonumber(ARGV[2]) or left - ${FENCE_MS}
if holder and holder ~= ARGV[1] and left > 0 then return {bytes, life, left} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', string.format('%.0f', ARGV[2] + ${FENCE_MS}))
return {bytes, life, ${OURS}}`,
);

/** PUBLISH may be forbidden (ACL): who waits asks by itself then. */
const GIVE_BACK = `redis.call('DEL', KEYS[2])
redis.pcall('PUBLISH', KEYS[2], '')`;

/**
 * ARGV: the token of the lease, the token of the entry that is replaced, the bytes, the lifetime ('' for
 * ever).
 */
const STORE = defineScript(
  'getOrSet',
  `local holder, bytes = redis.call('GET', KEYS[2]), redis.call('GET', KEYS[1])
if holder ~= ARGV[1] and (holder or ARGV[2] == '${ABSENT}') then return 0 end
local stored = (bytes and redis.sha1hex(bytes) or '${ABSENT}') == ARGV[2] and 1 or 0
if stored == 1 then
  if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
end
${GIVE_BACK}
return stored`,
);

const RELEASE = defineScript(
  'getOrSet',
  `if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
${GIVE_BACK}
return 1`,
);

/** KEYS: leases. */
const END = defineScript(
  'delete',
  `local ended = 0
for i = 1, #KEYS do
  if redis.call('UNLINK', KEYS[i]) == 1 then
    redis.pcall('PUBLISH', KEYS[i], '')
    ended = ended + 1
  end
end
return ended`,
);

/** KEYS: the entries, then their leases. The leases go first: nobody may store in between. */
export const DELETE_WITH_LEASES = defineScript(
  'delete',
  `local entries, deleted = #KEYS / 2, 0
for i = entries + 1, #KEYS do
  if redis.call('UNLINK', KEYS[i]) == 1 then redis.pcall('PUBLISH', KEYS[i], '') end
end
for i = 1, entries do deleted = deleted + redis.call('UNLINK', KEYS[i]) end
return deleted`,
);

const CLAIMED = tupleOf<[Buffer | null, number | bigint, number | bigint]>(orNull(BYTES), REMAINING_MS, INTEGER);

/** Returns the stored name of an entry's lease; in a cluster it lies in the slot of the entry. */
export function leaseOf(key: string): string {
  return inSlotOf(key, leaseStem(key));
}

/**
 * Leases in Redis: a key with the holder's token beside each entry, and a channel of its name. The key lives
 * `FENCE_MS` longer than the lease, so its PTTL tells whether the lease has run out.
 */
export class RedisLeases implements LeaseStore {
  constructor(
    private readonly client: PrimaryClient,
    private readonly alias: string,
    private readonly locks: RedisLocks,
  ) {}

  async claim(key: string, { token, ms, unlessLivesMs }: LeaseRequest, options?: CallOptions): Promise<LeaseClaim> {
    const [bytes, pttl, state] = await this.run(CLAIM, key, [token, ms, unlessLivesMs ?? ''], CLAIMED, options);
    const lease = Number(state) === OURS ? 'ours' : Number(state) === NEEDLESS ? 'needless' : Math.max(0, Number(state));
    return { entry: bytes && livingEntry(bytes, pttl), lease };
  }

  renew(key: string, token: string, ms: number, options?: CallOptions): Promise<boolean> {
    return this.locks.renew(leaseOf(key), token, ms + FENCE_MS, 'replace', options);
  }

  async store(key: string, token: string, { replaces, bytes, lifetime }: LeasedEntry, options?: CallOptions): Promise<boolean> {
    const px = lifetime === 'forever' ? '' : lifetime;
    return (await this.run(STORE, key, [token, replaces, bytes, px], FLAG, options)) === 1;
  }

  async release(key: string, token: string, options?: CallOptions): Promise<boolean> {
    return (await this.run(RELEASE, key, [token], FLAG, options)) === 1;
  }

  async end(keys: readonly string[], options?: CallOptions): Promise<void> {
    if (keys.length === 0 || !areLeasesUsed()) return;
    const leases = keys.map(leaseOf);
    const { client, alias } = this;
    await runCall(client, END, { kind: 'write', alias, keys: leases, args: [], reply: countUpTo(keys.length) }, options);
  }

  listen(key: string, wake: () => void): () => void {
    return this.client.listen?.(leaseOf(key), wake) ?? ((): void => undefined);
  }

  private run<T>(
    script: Script,
    key: string,
    args: readonly RedisArgument[],
    reply: ReplyShape<T>,
    options?: CallOptions,
  ): Promise<T> {
    const keys = [key, leaseOf(key)];
    return runCall(this.client, script, { kind: 'write', alias: this.alias, keys, args, reply }, options);
  }
}
