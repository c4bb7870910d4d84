import { describeCommand } from '../../connection/contract/operation.js';
import type { CommandSender, RedisCommand } from '../../connection/contract/redis-client.js';
import { BYTES, countUpTo, pageOf, pairsOf, SCORE_TEXT, STRINGS } from '../../connection/resp/reply-shape.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { ScanOptions } from '../port/backend.js';
import type { CallOptions } from '../port/call-options.js';
import { isLeaseName } from '../../keys/lease-name.js';
import { deleteInBatches } from '../port/delete-batches.js';
import { ScanBound } from './scan-bound.js';
import { sendCall } from './send-call.js';

/** A scan that had to start over this often, because the primary changed, gives up. */
const MAX_RESTARTS = 20;

/** What a round trip answers. */
const PAGES = {
  SCAN: pageOf(STRINGS),
  SSCAN: pageOf(STRINGS),
  HSCAN: pageOf(pairsOf(BYTES)),
  ZSCAN: pageOf(pairsOf(SCORE_TEXT)),
} as const;

/** What to go through: the keys of the database, or what stands under one key. */
interface Walk {
  readonly name: 'SCAN' | 'SSCAN' | 'HSCAN' | 'ZSCAN';
  readonly before: readonly string[];
  readonly keys: RedisCommand['keys'];
  readonly match?: string | undefined;
}

/** Removes the keys of one batch; resolves to the number of those that were there. */
export type Unlink = (keys: readonly Buffer[], options: CallOptions) => Promise<number>;

/**
 * Goes through the keys of a database by SCAN, never KEYS: a batch a round trip, each with a deadline of its
 * own.
 */
export class RedisScan {
  constructor(
    private readonly client: CommandSender,
    private readonly alias: string,
    private readonly defaultCount: number,
    private readonly unlink: Unlink = (keys, options) =>
      sendCall(client, { kind: 'write', alias, name: 'UNLINK', args: keys, keys: 'all', reply: countUpTo(keys.length) }, options),
  ) {}

  /** The matching keys of entries; of leases, too, where they are to be deleted. */
  async *batches(pattern: string, options: ScanOptions): AsyncGenerator<Buffer[], void, void> {
    for await (const keys of this.all(pattern, options)) {
      const entries = options.forDeletion ? keys : keys.filter((key) => !isLeaseName(key));
      if (entries.length > 0) yield entries;
    }
  }

  private all(pattern: string, options: ScanOptions): AsyncGenerator<Buffer[], void, void> {
    return this.walk({ name: 'SCAN', before: [], keys: 'all', match: pattern }, options);
  }

  /**
   * What a scan finds. Another primary knows nothing of a cursor: there it is looked for from the start, and
   * some comes twice.
   */
  async *walk(what: Walk, options: ScanOptions): AsyncGenerator<Buffer[], void, void> {
    for (let restarts = 0; restarts <= MAX_RESTARTS; restarts += 1) {
      if (yield* this.onOnePrimary(what, options)) return;
    }
    const { alias } = this;
    const call = describeCommand({ alias, operation: options.operation, name: what.name });
    const words = `${call}: the primary changed too often to go through what it holds.`;
    throw new CacheUnavailableError('connection-lost', 'unknown', words, { alias });
  }

  async deleteMatching(pattern: string, options: ScanOptions): Promise<number> {
    const { alias } = this;
    const call = describeCommand({ alias, operation: options.operation, name: 'SCAN' });
    return deleteInBatches({ alias, call }, this.all(pattern, options), async (keys) => {
      const leases = keys.filter(isLeaseName);
      if (leases.length > 0) await this.unlink(leases, options);
      const entries = leases.length > 0 ? keys.filter((key) => !isLeaseName(key)) : keys;
      return entries.length > 0 ? this.unlink(entries, options) : 0;
    });
  }

  /** Whether it came to the end on the connection it began on. */
  private async *onOnePrimary(
    what: Walk,
    { count = this.defaultCount, ...options }: ScanOptions,
  ): AsyncGenerator<Buffer[], boolean, void> {
    const { client, alias } = this;
    const { name, keys } = what;
    const key = keys === 'all' ? undefined : keys[0];
    const match = what.match === undefined ? [] : ['MATCH', what.match];
    const bound = new ScanBound({ client, alias, name, key, count, options });
    let generation: number | undefined;
    let cursor = '0';
    do {
      const args = [...what.before, cursor, ...match, 'COUNT', count];
      const [next, found] = await sendCall(client, { kind: 'read', alias, name, args, keys, reply: PAGES[name] }, options);
      generation ??= client.generation(key);
      if (found.length > 0) yield found;
      cursor = String(next);
      if (cursor !== '0' && generation === client.generation(key)) await bound.note(cursor);
    } while (cursor !== '0' && generation === client.generation(key));
    return generation === client.generation(key);
  }
}
