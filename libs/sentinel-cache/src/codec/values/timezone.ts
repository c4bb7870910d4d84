import { isoClock } from './civil-time.js';
import { KIND, knowByKind } from './kind.js';
import { Timedelta } from './timedelta.js';
import { ZoneOffsets } from './zone-offsets.js';

const ZONE_KEY = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;
const DAY_MS = 86_400_000;

/**
 * Python's tzinfo: a fixed offset from UTC (`datetime.timezone`), or a zone with a history
 * (`zoneinfo.ZoneInfo`).
 */
export class Timezone {
  static {
    knowByKind(this, 'timezone');
  }

  /** The fixed offset; `undefined` for a zone. */
  readonly offset: Timedelta | undefined;
  /** The name a fixed offset was given. */
  readonly name: string | undefined;
  /** The key of a zone: `Europe/Paris`. */
  readonly key: string | undefined;
  readonly #offsets: ZoneOffsets | undefined;

  private constructor(offset: Timedelta | undefined, name: string | undefined, key: string | undefined) {
    this.offset = offset;
    this.name = name;
    this.key = key;
    if (key !== undefined) this.#offsets = new ZoneOffsets(key);
    Object.freeze(this);
  }

  /** `datetime.timezone.utc`. */
  static readonly UTC: Timezone = new Timezone(new Timedelta(0), undefined, undefined);

  /** Makes a fixed offset. Throws a RangeError unless it is shorter than a day. */
  static fixed(offset: Timedelta, name?: string): Timezone {
    if (Math.abs(offset.toMs()) >= DAY_MS) throw new RangeError('Timezone: expected an offset shorter than a day.');
    const isUtc = name === undefined && offset.days === 0 && offset.seconds === 0 && offset.microseconds === 0;
    return isUtc ? Timezone.UTC : new Timezone(offset, name, undefined);
  }

  /** Makes a zone of the IANA database. Throws a RangeError when this Node does not know it. */
  static zone(key: string): Timezone {
    if (!ZONE_KEY.test(key)) throw new RangeError('Timezone: expected a key of the IANA database.');
    try {
      return new Timezone(undefined, undefined, key);
    } catch {
      // Intl's own message repeats the key, which may come out of stored bytes.
      throw new RangeError('Timezone: expected a zone that this Node knows.');
    }
  }

  get [KIND](): 'timezone' {
    return 'timezone';
  }

  /** How often Intl has been asked about this zone. */
  get lookups(): number {
    return this.#offsets?.lookups ?? 0;
  }

  /** Returns the offset from UTC at an instant, in milliseconds (microseconds as a fraction). */
  offsetMsAt(instantMs: number): number {
    return this.#offsets === undefined ? this.offset!.toMs() : this.#offsets.at(instantMs);
  }

  /**
   * Returns the offset of a wall clock by the rules of PEP 495: `fold` chooses where a reading comes twice or
   * never.
   */
  offsetMsOfWall(wallMs: number, fold: 0 | 1): number {
    return this.#offsets === undefined ? this.offset!.toMs() : this.#offsets.ofWall(wallMs, fold);
  }

  /**
   * Writes a fixed offset as Python's isoformat writes it (`+05:30`); empty for a zone, whose offset depends
   * on the day.
   */
  isoOffset(): string {
    return this.offset === undefined ? '' : isoOffsetOfMs(this.offset.toMs());
  }

  /** Returns the key, the name, or `UTC+05:30`. */
  toString(): string {
    return this.key ?? this.name ?? (this === Timezone.UTC ? 'UTC' : `UTC${this.isoOffset()}`);
  }

  /** Returns the same text as `toString`. */
  toJSON(): string {
    return this.toString();
  }
}

/** Writes `+05:30`, `-00:44:30`: seconds and microseconds only where they are not 0. */
export function isoOffsetOfMs(ms: number): string {
  const microseconds = Math.round(Math.abs(ms) * 1000);
  const seconds = Math.floor(microseconds / 1_000_000);
  const clock = isoClock(Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, microseconds % 1_000_000);
  return `${ms < 0 ? '-' : '+'}${clock.endsWith(':00') && clock.length === 8 ? clock.slice(0, 5) : clock}`;
}
