import { KIND, knowByKind } from './kind.js';
import { NaiveDatetime } from './naive-datetime.js';
import { isoOffsetOfMs, Timezone } from './timezone.js';

/**
 * A Python `datetime.datetime` with a zone: a Date (the instant) that keeps microseconds and zone, so that
 * Python gets back what it wrote.
 *
 * `toISOString` and `toJSON` are Date's own; `isoformat` is Python's. After a setter of Date was used, the
 * wall clock follows the new instant.
 *
 * @example
 * ```ts
 * const noon = new NaiveDatetime({ year: 2024, month: 7, day: 1, hour: 12 });
 * new AwareDatetime(noon, Timezone.zone('Europe/Paris'));
 * ```
 */
export class AwareDatetime extends Date {
  static {
    knowByKind(this, 'aware-datetime');
  }

  /** The zone whose wall clock `wall` is. */
  readonly timezone: Timezone;
  readonly #wall: NaiveDatetime;
  readonly #builtMs: number;

  /** Throws a RangeError when the zone is unknown. */
  constructor(wall: NaiveDatetime, timezone: Timezone) {
    const wallMs = wall.toWallMs();
    const exactMs = wallMs - timezone.offsetMsOfWall(wallMs, wall.fold);
    super(Math.floor(exactMs));
    this.timezone = timezone;
    this.#wall = wall;
    this.#builtMs = this.getTime();
  }

  /** Returns the same instant as a Date, in a zone. */
  static ofDate(date: Date, timezone: Timezone = Timezone.UTC): AwareDatetime {
    return new AwareDatetime(wallAt(date.getTime(), 0, timezone), timezone);
  }

  get [KIND](): 'aware-datetime' {
    return 'aware-datetime';
  }

  /**
   * What the clocks of the zone show, microseconds included. Throws a RangeError outside the years 1 to 9999.
   */
  get wall(): NaiveDatetime {
    const ms = this.getTime();
    return ms === this.#builtMs ? this.#wall : wallAt(ms, this.#wall.microsecond % 1000, this.timezone);
  }

  /** 0 to 999999; `getMilliseconds()` has the first three digits of it. */
  get microsecond(): number {
    return this.wall.microsecond;
  }

  /** Python's isoformat: `2024-02-29T12:34:56.789012+05:30`. */
  isoformat(): string {
    const wall = this.wall;
    return `${wall.toString()}${isoOffsetOfMs(this.timezone.offsetMsOfWall(wall.toWallMs(), wall.fold))}`;
  }
}

function wallAt(instantMs: number, extraMicroseconds: number, timezone: Timezone): NaiveDatetime {
  const wallMs = instantMs + Math.floor(timezone.offsetMsAt(instantMs));
  const first = NaiveDatetime.ofWallMs(wallMs, extraMicroseconds);
  const comesTwice = Math.floor(wallMs - timezone.offsetMsOfWall(wallMs, 0)) !== instantMs;
  return comesTwice && timezone.key !== undefined ? NaiveDatetime.ofWallMs(wallMs, extraMicroseconds, 1) : first;
}
