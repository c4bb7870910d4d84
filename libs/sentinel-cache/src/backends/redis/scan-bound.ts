import { describeCommand } from '../../connection/contract/operation.js';
import type { CommandSender } from '../../connection/contract/redis-client.js';
import { COUNT } from '../../connection/resp/reply-shape.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { CallOptions } from '../port/call-options.js';
import { sendCall } from './send-call.js';

/** Redis looks at up to ten empty buckets for each key that COUNT asks for. */
const BUCKETS_PER_COUNT = 10;
/** A table of that many buckets can be all but empty for a while: 60 million keys were just deleted. */
const EMPTY_BUCKETS = 2 ** 27;
/** However large COUNT is, and however small. */
const LEAST_ROUND_TRIPS = 1000;
const MOST_ROUND_TRIPS_OF_NOTHING = 1_000_000;
/**
 * How many round trips a server may take for each COUNT of keys that it has: twice what Redis takes where one
 * bucket in 32 is in use.
 */
const SLACK = 8;
/** Redis keeps no more keys in a database, nor members under a key. */
const MOST_KEYS = 2 ** 32;

/** What is gone through, and who is asked how much of it there is. */
export interface Bounded {
  readonly client: CommandSender;
  readonly alias: string;
  readonly name: 'SCAN' | 'SSCAN' | 'HSCAN' | 'ZSCAN';
  /** The key that is gone through; undefined: the whole database. */
  readonly key: string | undefined;
  /** COUNT. */
  readonly count: number;
  /** How each round trip is made. */
  readonly options?: CallOptions;
}

const SIZE_OF = { SCAN: 'DBSIZE', SSCAN: 'SCARD', HSCAN: 'HLEN', ZSCAN: 'ZCARD' } as const;

/**
 * Ends a walk whose cursor never comes back to 0. An honest server never gives a cursor twice in one walk,
 * and needs round trips in proportion to what it holds; it is asked how much that is only when the walk gets
 * long.
 */
export class ScanBound {
  private roundTrips = 0;
  private readonly ofNothing: number;
  /** After this many round trips the server is asked how much it holds. */
  private askAfter: number;
  /**
   * A cursor that was seen, another one at each power of two: of cursors that repeat one is met again
   * (Brent).
   */
  private landmark = '0';
  private nextLandmark = 1;

  constructor(private readonly walk: Bounded) {
    const ofNothing = Math.ceil(EMPTY_BUCKETS / (BUCKETS_PER_COUNT * walk.count));
    this.ofNothing = Math.min(Math.max(LEAST_ROUND_TRIPS, ofNothing), MOST_ROUND_TRIPS_OF_NOTHING);
    this.askAfter = this.ofNothing;
  }

  /**
   * Goes on from this cursor. Rejects with CacheUnavailableError (`protocol`) when that would have no end.
   */
  async note(cursor: string): Promise<void> {
    if (cursor === this.landmark) throw this.endless('the server gave the same cursor twice');
    this.roundTrips += 1;
    if (this.roundTrips === this.nextLandmark) {
      this.landmark = cursor;
      this.nextLandmark *= 2;
    }
    if (this.roundTrips < this.askAfter) return;
    this.askAfter = this.ofNothing + SLACK * Math.ceil(Math.min(await this.size(), MOST_KEYS) / this.walk.count);
    if (this.roundTrips >= this.askAfter) throw this.endless(`it came to no end in ${this.roundTrips} round trips`);
  }

  private async size(): Promise<number> {
    const { client, alias, name, key, options } = this.walk;
    const keys = key === undefined ? ('all' as const) : [key];
    const args = key === undefined ? [] : [key];
    try {
      return await sendCall(client, { kind: 'read', alias, name: SIZE_OF[name], args, keys, reply: COUNT }, options);
    } catch (error) {
      // Who may not ask can't hold it against the server.
      if (error instanceof CommandRejectedError && error.redisCode === 'NOPERM') return MOST_KEYS;
      throw error;
    }
  }

  private endless(why: string): CacheUnavailableError {
    const { alias, name, options } = this.walk;
    const call = describeCommand({ alias, operation: options?.operation, name });
    return new CacheUnavailableError('protocol', 'unknown', `${call}: ${name} is given up, since ${why}.`, { alias });
  }
}
