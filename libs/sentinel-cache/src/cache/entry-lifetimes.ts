import { secondsOfMs, type Lifetime, type Timeout } from '../time/lifetime.js';
import { toMoment } from '../time/moment.js';
import { CacheBase } from './cache-base.js';
import type { CacheKey, VersionOptions } from './entry/cache-options.js';
import { touchHerd } from './entry/herd-lifetime.js';

/** How long entries live, asked and changed. */
export abstract class EntryLifetimes extends CacheBase {
  /**
   * Gives an entry a new timeout; whether there is one. `null` makes it live for ever and says whether it was mortal before; 0 or less
   * deletes it.
   */
  async touch(key: CacheKey, timeout?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.live(this.makeKey(key, options.version), this.space.lifetimeOf(timeout));
  }

  /** Takes an entry's timeout away; whether it had one. */
  async persist(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    return this.live(this.makeKey(key, options.version), 'forever');
  }

  /** `touch` by django-redis' name: seconds or text with a unit; omitted: TIMEOUT; `null`: as `persist`; 0 or less deletes. */
  async expire(key: CacheKey, timeout?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.touch(key, timeout, options);
  }

  /** As `expire`, a number counts milliseconds. Fractions of one are dropped. */
  async pexpire(key: CacheKey, timeoutMs?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.live(this.makeKey(key, options.version), this.space.lifetimeOf(timeoutMs, 'milliseconds'));
  }

  /**
   * Ends an entry's life at that moment, a Date or unix seconds; whether there is an entry. A past moment deletes it; `null` is for
   * ever, as `persist`. It is the clock of the Redis server that counts.
   */
  async expireAt(key: CacheKey, when: Date | number | null, options: VersionOptions = {}): Promise<boolean> {
    return this.endAt(key, toMoment(when, 1000), options);
  }

  /** As `expireAt`, a number counts unix milliseconds. */
  async pexpireAt(key: CacheKey, when: Date | number | null, options: VersionOptions = {}): Promise<boolean> {
    return this.endAt(key, toMoment(when, 1), options);
  }

  /** Seconds left, rounded as Redis' TTL; 0 when there is no entry, `null` when it lives for ever. */
  async ttl(key: CacheKey, options: VersionOptions = {}): Promise<number | null> {
    const ms = await this.pttl(key, options);
    return ms === null ? null : secondsOfMs(ms + 500);
  }

  /** Milliseconds left; 0 when there is no entry, `null` when it lives for ever. */
  async pttl(key: CacheKey, options: VersionOptions = {}): Promise<number | null> {
    const life = await this.backend.remaining(this.makeKey(key, options.version));
    return life === 'missing' ? 0 : life === 'forever' ? null : life;
  }

  private async live(stored: string, lifetime: Lifetime): Promise<boolean> {
    if (lifetime === 'already-expired') return (await this.backend.delete([stored])) > 0;
    const { space, backend } = this;
    return space.herd ? touchHerd({ space, herd: space.herd, backend, key: stored, lifetime }) : backend.touch(stored, lifetime);
  }

  private async endAt(key: CacheKey, moment: number | 'forever' | undefined, { version }: VersionOptions): Promise<boolean> {
    const stored = this.makeKey(key, version);
    if (moment === undefined) throw this.space.invalid('when: expected a Date, a number since 1970, or null for ever.');
    if (moment === 'forever') return this.live(stored, 'forever');
    // A soft end is counted in this process' time, in which it is judged.
    return this.space.herd ? this.live(stored, this.space.herd.lifetimeUntil(moment)) : this.backend.expireAt(stored, moment);
  }
}
