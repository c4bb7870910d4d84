import type { LivingLifetime } from '../../backends/port/backend.js';
import { HERD_MARKER } from '../../codec/values/herd-marker.js';
import { kindOf } from '../../codec/values/kind.js';
import { Tuple } from '../../codec/values/tuple.js';
import { lifetimeOf, msOfSeconds, secondsOfMs, type Lifetime } from '../../time/lifetime.js';
import { judgeHerd, unixSecond, type HerdChance, type HerdVerdict } from './herd-decision.js';

/** A value as HerdClient stores it: with a soft end before the entry expires. */
export interface HerdEntry {
  readonly value: unknown;
  /** The unix second up to which it is fresh; undefined: it is stored plain and has no soft end. */
  readonly soft: number | undefined;
}

/**
 * Packs and reads entries as django-redis' HerdClient: an entry stays for a while after its soft end, so that
 * one reader makes the value anew while the others still get the old one. Works on values; the codec makes
 * bytes of them.
 */
export class Herd {
  constructor(
    private readonly herdMs: number,
    private readonly chance: HerdChance,
  ) {}

  /** Returns what to store, and for how long; an entry without an end is stored plain. */
  pack(value: unknown, lifetime: LivingLifetime): { value: unknown; lifetime: LivingLifetime } {
    if (lifetime === 'forever') return { value, lifetime };
    // Python compares whole seconds: of a lifetime of 1.5 s it sees one.
    const soft = unixSecond(this.chance.clock) + secondsOfMs(lifetime);
    return { value: Tuple.of<unknown[]>(HERD_MARKER, value, soft), lifetime: lifetime + this.herdMs };
  }

  /** Returns the parts of a stored value; anything but such a tuple is the value itself. */
  unpack(stored: unknown): HerdEntry {
    if (!Array.isArray(stored) || stored.length !== 3) return { value: stored, soft: undefined };
    const [marker, value, soft] = stored as [unknown, unknown, unknown];
    const isPacked = typeof marker === 'object' && marker !== null && kindOf(marker) === 'herd-marker';
    return isPacked && typeof soft === 'number' ? { value, soft } : { value: stored, soft: undefined };
  }

  /** Decides what this reader gets; a second call may decide otherwise. */
  judge({ soft }: HerdEntry): HerdVerdict {
    return soft === undefined ? 'fresh' : judgeHerd(soft, secondsOfMs(this.herdMs), this.chance);
  }

  /** Returns the lifetime that ends at a moment, in milliseconds since the epoch. */
  lifetimeUntil(momentMs: number): Lifetime {
    return lifetimeOf(momentMs - this.chance.clock.wallMs(), 1) ?? 'already-expired';
  }

  /** Returns the milliseconds up to the soft end; 0 or less when it is past. */
  freshMs(soft: number): number {
    return msOfSeconds(soft) - this.chance.clock.wallMs();
  }
}
