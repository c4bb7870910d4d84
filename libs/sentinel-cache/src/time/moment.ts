import { isDate } from 'node:util/types';

/** Redis keeps moments in signed 64 bits; JavaScript counts exactly to here (the year 287 396). */
const LATEST_MS = Number.MAX_SAFE_INTEGER;

/**
 * Reads a moment as whole unix milliseconds, or for ever (null, Infinity); `undefined` for anything else (an
 * invalid Date, NaN, text). A number counts units of that many milliseconds since 1970. What is past stays
 * past: 1 at least.
 */
export function toMoment(when: unknown, unitMs: 1 | 1000): number | 'forever' | undefined {
  if (when === null || when === Infinity) return 'forever';
  const ms = isDate(when) ? when.getTime() : typeof when === 'number' ? when * unitMs : Number.NaN;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(Math.trunc(Math.round(ms * 1000) / 1000), 1), LATEST_MS);
}
