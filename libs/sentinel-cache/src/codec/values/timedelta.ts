import { KIND, knowByKind } from './kind.js';
import { pad } from './civil-time.js';

const DAY_SECONDS = 86_400;
const MAX_DAYS = 999_999_999;

/**
 * A Python `datetime.timedelta`, normalised as Python does: `seconds` 0-86399, `microseconds` 0-999999,
 * `days` carries the sign.
 */
export class Timedelta {
  static {
    knowByKind(this, 'timedelta');
  }

  /** -999 999 999 to 999 999 999; negative for every timedelta below 0. */
  readonly days: number;
  /** 0 to 86 399. */
  readonly seconds: number;
  /** 0 to 999 999. */
  readonly microseconds: number;

  /** Throws a RangeError for fractions and beyond 999 999 999 days. */
  constructor(days: number, seconds = 0, microseconds = 0) {
    if (![days, seconds, microseconds].every(Number.isSafeInteger)) throw new RangeError('Timedelta: expected whole numbers.');
    const carried = Math.floor(microseconds / 1_000_000);
    const allSeconds = seconds + carried;
    this.days = days + Math.floor(allSeconds / DAY_SECONDS);
    this.seconds = allSeconds - Math.floor(allSeconds / DAY_SECONDS) * DAY_SECONDS;
    this.microseconds = microseconds - carried * 1_000_000;
    if (Math.abs(this.days) > MAX_DAYS) throw new RangeError('Timedelta: expected days from -999999999 to 999999999.');
    Object.freeze(this);
  }

  /** Returns the timedelta of that many milliseconds; what is below a microsecond is rounded. */
  static ofMs(ms: number): Timedelta {
    const whole = Math.floor(ms / 1000);
    return new Timedelta(0, whole, Math.round((ms - whole * 1000) * 1000));
  }

  get [KIND](): 'timedelta' {
    return 'timedelta';
  }

  /** Returns the whole length in milliseconds, microseconds as a fraction. */
  toMs(): number {
    return (this.days * DAY_SECONDS + this.seconds) * 1000 + this.microseconds / 1000;
  }

  /** Python's `str()`: `1 day, 2:03:04.000005`. */
  toString(): string {
    const days = this.days === 0 ? '' : `${this.days} day${Math.abs(this.days) === 1 ? '' : 's'}, `;
    const clock = `${Math.floor(this.seconds / 3600)}:${pad(Math.floor(this.seconds / 60) % 60, 2)}:${pad(this.seconds % 60, 2)}`;
    return `${days}${clock}${this.microseconds === 0 ? '' : `.${pad(this.microseconds, 6)}`}`;
  }

  /** Writes ISO 8601 as Django's JSON encoder writes it: `P1DT02H03M04.000005S`, `-P0DT00H00M01S`. */
  toJSON(): string {
    if (this.days < 0) return `-${new Timedelta(-this.days, -this.seconds, -this.microseconds).toJSON()}`;
    const fraction = this.microseconds === 0 ? '' : `.${pad(this.microseconds, 6)}`;
    const [hours, minutes] = [Math.floor(this.seconds / 3600), Math.floor(this.seconds / 60) % 60];
    return `P${this.days}DT${pad(hours, 2)}H${pad(minutes, 2)}M${pad(this.seconds % 60, 2)}${fraction}S`;
  }
}
