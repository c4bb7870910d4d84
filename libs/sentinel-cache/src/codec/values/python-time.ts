import { checkClock, checkField, isoClock } from './civil-time.js';
import { KIND, knowByKind } from './kind.js';
import type { Timezone } from './timezone.js';

/** What a time of day may carry besides the clock. */
export interface PythonTimeOptions {
  /** The zone. Default: none. */
  readonly timezone?: Timezone | undefined;
  /** 1 for the second of two equal readings when clocks are set back. Default 0. */
  readonly fold?: 0 | 1;
}

/** A Python `datetime.time`: a time of day. Throws a RangeError for one that does not exist. */
export class PythonTime {
  static {
    knowByKind(this, 'time');
  }

  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
  /** 0 to 59. */
  readonly second: number;
  /** 0 to 999 999. */
  readonly microsecond: number;
  /** The zone; undefined for a time without one. */
  readonly timezone: Timezone | undefined;
  /** 1 for the second of two equal readings when clocks are set back. */
  readonly fold: 0 | 1;

  constructor(hour: number, minute = 0, second = 0, microsecond = 0, options: PythonTimeOptions = {}) {
    checkClock(hour, minute, second, microsecond);
    checkField('fold', options.fold ?? 0, 0, 1);
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.microsecond = microsecond;
    this.timezone = options.timezone;
    this.fold = options.fold ?? 0;
    Object.freeze(this);
  }

  get [KIND](): 'time' {
    return 'time';
  }

  /** Python's isoformat: `12:34:56.789012`; a fixed offset follows it. */
  toString(): string {
    return `${isoClock(this.hour, this.minute, this.second, this.microsecond)}${this.timezone?.isoOffset() ?? ''}`;
  }

  /** Returns Python's isoformat, as `toString`. */
  toJSON(): string {
    return this.toString();
  }
}
