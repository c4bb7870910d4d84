import { checkDay, pad } from './civil-time.js';
import { KIND, knowByKind } from './kind.js';

/**
 * A Python `datetime.date`: a day of the calendar, without time or zone. Throws a RangeError for a day that
 * does not exist.
 */
export class PythonDate {
  static {
    knowByKind(this, 'date');
  }

  /** 1 to 9999. */
  readonly year: number;
  /** 1 to 12, unlike JavaScript's. */
  readonly month: number;
  /** 1 to the last day of the month. */
  readonly day: number;

  constructor(year: number, month: number, day: number) {
    checkDay(year, month, day);
    this.year = year;
    this.month = month;
    this.day = day;
    Object.freeze(this);
  }

  get [KIND](): 'date' {
    return 'date';
  }

  /** Writes `2024-02-29`. */
  toString(): string {
    return `${pad(this.year, 4)}-${pad(this.month, 2)}-${pad(this.day, 2)}`;
  }

  /** Returns the same text as `toString`. */
  toJSON(): string {
    return this.toString();
  }
}
