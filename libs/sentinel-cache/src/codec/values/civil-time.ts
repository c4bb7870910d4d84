/** Returns the number with leading zeros. */
export function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

/** Throws a RangeError unless the field is a whole number from low to high. */
export function checkField(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) throw new RangeError(`${name}: expected ${low} to ${high}.`);
}

/** Throws a RangeError unless the day exists; Python's years are 1 to 9999. */
export function checkDay(year: number, month: number, day: number): void {
  checkField('year', year, 1, 9999);
  checkField('month', month, 1, 12);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  checkField('day', day, 1, last);
}

/** Throws a RangeError unless the time of day exists. */
export function checkClock(hour: number, minute: number, second: number, microsecond: number): void {
  checkField('hour', hour, 0, 23);
  checkField('minute', minute, 0, 59);
  checkField('second', second, 0, 59);
  checkField('microsecond', microsecond, 0, 999_999);
}

/** Writes `HH:MM:SS` and, unless it is 0, `.ffffff`, as Python's isoformat. */
export function isoClock(hour: number, minute: number, second: number, microsecond: number): string {
  const fraction = microsecond === 0 ? '' : `.${pad(microsecond, 6)}`;
  return `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${fraction}`;
}

/**
 * Milliseconds since 1970 of a wall clock taken for UTC. Date.UTC takes years below 100 for 19xx, hence the
 * setter.
 */
export function wallMs(year: number, month: number, day: number, clockMs: number): number {
  if (year >= 100) return Date.UTC(year, month - 1, day) + clockMs;
  return new Date(0).setUTCFullYear(year, month - 1, day) + clockMs;
}
