import type { LivingLifetime } from '../../backends/port/backend.js';
import { HERD_MARKER } from '../../codec/values/herd-marker.js';
import { kindOf } from '../../codec/values/kind.js';
import { Tuple } from '../../codec/values/tuple.js';
import { lifetimeOf, msOfSeconds, secondsOfMs, type Lifetime } from '../../time/lifetime.js';
import { judgeHerd, unixSecond, type HerdChance, type HerdVerdict } from './herd-decision.js';

/** A value as HerdClient keeps it: with a soft end before the real one. */
export interface HerdEntry {
  readonly value: unknown;
  /** The unix second up to which it is fresh; undefined: it is stored plain and has no soft end. */
  readonly soft: number | undefined;
}

/**
 * django-redis' HerdClient: an entry has a soft end, and lives on for a while after it, so that one reader makes it anew while the others
 * still get the old value. Speaks of values; bytes are the codec's.
 */
export class Herd {
  constructor(
    private readonly herdMs: number,
    private readonly chance: HerdChance,
  ) {}

  /** What to store for how long: entries without an end are stored plain. */
  pack(value: unknown, lifetime: LivingLifetime): { value: unknown; lifetime: LivingLifetime } {
    if (lifetime === 'forever') return { value, lifetime };
    // Python compares whole seconds: of a lifetime of 1.5 s it sees one.
    const soft = unixSecond(this.chance.clock) + secondsOfMs(lifetime);
    return { value: Tuple.of<unknown[]>(HERD_MARKER, value, soft), lifetime: lifetime + this.herdMs };
  }

  /** The parts of what was stored; what is no such tuple is the value itself. */
  unpack(stored: unknown): HerdEntry {
    if (!Array.isArray(stored) || stored.length !== 3) return { value: stored, soft: undefined };
    const [marker, value, soft] = stored as [unknown, unknown, unknown];
    const isPacked = typeof marker === 'object' && marker !== null && kindOf(marker) === 'herd-marker';
    return isPacked && typeof soft === 'number' ? { value, soft } : { value: stored, soft: undefined };
  }

  /** How this reader takes it; asked twice, the chance may decide otherwise. */
  judge({ soft }: HerdEntry): HerdVerdict {
    return soft === undefined ? 'fresh' : judgeHerd(soft, secondsOfMs(this.herdMs), this.chance);
  }

  /** The lifetime that ends at a moment, in milliseconds since the epoch. */
  lifetimeUntil(momentMs: number): Lifetime {
    return lifetimeOf(momentMs - this.chance.clock.wallMs(), 1) ?? 'already-expired';
  }

  /** Milliseconds up to the soft end; 0 or less when it is past. */
  freshMs(soft: number): number {
    return msOfSeconds(soft) - this.chance.clock.wallMs();
  }
}
