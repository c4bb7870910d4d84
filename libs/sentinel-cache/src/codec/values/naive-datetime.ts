import { checkClock, checkDay, checkField, isoClock, pad, wallMs } from './civil-time.js';
import { KIND, knowByKind } from './kind.js';

/** What a NaiveDatetime is made of. */
export interface NaiveDatetimeFields {
  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12, unlike JavaScript's. */
  readonly month: number;
  /** 1 to the last day of the month. */
  readonly day: number;
  /** 0 to 23. Default 0. */
  readonly hour?: number;
  /** 0 to 59. Default 0. */
  readonly minute?: number;
  /** 0 to 59: Python has no leap second. Default 0. */
  readonly second?: number;
  /** 0 to 999 999. Default 0. */
  readonly microsecond?: number;
  /** 1 for the second of two equal readings when clocks are set back. Default 0. */
  readonly fold?: 0 | 1;
}

/**
 * A Python `datetime.datetime` without a zone: what a clock on some wall shows. Throws a RangeError for a
 * moment that does not exist.
 */
export class NaiveDatetime {
  static {
    knowByKind(this, 'naive-datetime');
  }

  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12, unlike JavaScript's. */
  readonly month: number;
  /** 1 to the last day of the month. */
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
  /** 0 to 59. */
  readonly second: number;
  /** 0 to 999 999. */
  readonly microsecond: number;
  /** 1 for the second of two equal readings when clocks are set back. */
  readonly fold: 0 | 1;

  constructor(fields: NaiveDatetimeFields) {
    const { year, month, day, hour = 0, minute = 0, second = 0, microsecond = 0, fold = 0 } = fields;
    checkDay(year, month, day);
    checkClock(hour, minute, second, microsecond);
    checkField('fold', fold, 0, 1);
    this.year = year;
    this.month = month;
    this.day = day;
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.microsecond = microsecond;
    this.fold = fold;
    Object.freeze(this);
  }

  /**
   * Returns the wall clock of that many milliseconds since 1970, plus 0 to 999 microseconds. Throws a
   * RangeError outside the years 1 to 9999.
   */
  static ofWallMs(ms: number, extraMicroseconds = 0, fold: 0 | 1 = 0): NaiveDatetime {
    const at = new Date(ms);
    return new NaiveDatetime({
      year: at.getUTCFullYear(),
      month: at.getUTCMonth() + 1,
      day: at.getUTCDate(),
      hour: at.getUTCHours(),
      minute: at.getUTCMinutes(),
      second: at.getUTCSeconds(),
      microsecond: at.getUTCMilliseconds() * 1000 + extraMicroseconds,
      fold,
    });
  }

  get [KIND](): 'naive-datetime' {
    return 'naive-datetime';
  }

  /** Milliseconds since 1970 if this wall stood in Greenwich; microseconds are cut off. */
  toWallMs(): number {
    const seconds = (this.hour * 60 + this.minute) * 60 + this.second;
    return wallMs(this.year, this.month, this.day, seconds * 1000 + Math.floor(this.microsecond / 1000));
  }

  /** Python's isoformat: `2024-02-29T12:34:56.789012`. */
  toString(): string {
    const day = `${pad(this.year, 4)}-${pad(this.month, 2)}-${pad(this.day, 2)}`;
    return `${day}T${isoClock(this.hour, this.minute, this.second, this.microsecond)}`;
  }

  /** Returns Python's isoformat, as `toString`. */
  toJSON(): string {
    return this.toString();
  }
}
