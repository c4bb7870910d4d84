import { isDate } from 'node:util/types';

import { NaiveDatetime } from '../../codec/values/naive-datetime.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import { fieldOf } from './session-changes.js';
import type { SessionData } from './session-engine.js';

/** The reserved field. */
export const EXPIRY_FIELD = '_session_expiry';

/** What `setExpiry` takes: seconds from each save, 0 for the browser's session, a moment, or null for the settings. */
export type ExpiryChoice = number | Date | null;

/** From 1970 to the last second of the year 9999: what HTTP, Python's datetime and every database can write. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);
/** As Django writes a moment, in any of the forms that Python reads. */
const ISO_TEXT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[-+]\d\d:\d\d)?)?$/;

/**
 * Whole seconds until the session is over: the settings' age, the override's seconds, or the seconds until its moment, rounded
 * down and negative when that has passed. An override of 0 ends with the browser; on the server it keeps the settings' age. An end before
 * 1970 or past the year 9999, which nobody could write down, is the nearest one that can be.
 */
export function expiryAgeSeconds(data: SessionData, config: SessionConfig, nowMs: number): number {
  const override = readOverride(data);
  if (override === undefined || override === 0) return config.cookieAgeSeconds;
  const endMs = typeof override === 'number' ? nowMs + override * 1000 : override.getTime();
  return Math.floor((writable(endMs) - nowMs) / 1000);
}

/** The moment the session is over. */
export function expiryDate(data: SessionData, config: SessionConfig, nowMs: number): Date {
  const override = readOverride(data);
  return typeof override === 'object'
    ? new Date(writable(override.getTime()))
    : new Date(nowMs + expiryAgeSeconds(data, config, nowMs) * 1000);
}

/** Whether the cookie ends with the browser: the settings, unless overridden. */
export function expiresAtBrowserClose(data: SessionData, config: SessionConfig): boolean {
  const override = readOverride(data);
  return override === undefined ? config.expireAtBrowserClose : override === 0;
}

/**
 * The override as it is stored so that Django 3.2 and 5.2 both read it: a datetime where the serializer keeps one, else ISO text with
 * six digits and `+00:00`.
 */
export function storedExpiry(moment: Date, keepsDates: boolean): unknown {
  return keepsDates ? moment : moment.toISOString().replace(/Z$/, '000+00:00');
}

/** Throws InvalidArgumentError for what nobody could store: no number, no date, or an end before 1970 or past the year 9999. */
export function checkExpiry(choice: unknown, nowMs: number): asserts choice is ExpiryChoice {
  if (choice === null) return;
  const endMs = typeof choice === 'number' ? nowMs + choice * 1000 : isDate(choice) ? choice.getTime() : NaN;
  // NaN is neither.
  if (endMs >= 0 && endMs <= LAST_MS) return;
  throw new InvalidArgumentError(
    `setExpiry: expected seconds, a Date, or null, with an end from 1970 to the year 9999; got ${describeChoice(choice)}. Write 300 for five minutes.`,
  );
}

function describeChoice(choice: unknown): string {
  if (isDate(choice)) return Number.isNaN(choice.getTime()) ? 'an invalid Date' : 'a Date outside of that';
  return typeof choice === 'number' ? String(choice) : typeof choice;
}

function writable(endMs: number): number {
  return Math.min(Math.max(endMs, 0), LAST_MS);
}

/** Datetimes (3.2), ISO text (4.1 and later) and numbers of seconds; anything else is no override. */
function readOverride(data: SessionData): number | Date | undefined {
  const stored = fieldOf(data, EXPIRY_FIELD);
  if (typeof stored === 'bigint') return Number(stored);
  if (typeof stored === 'number') return Number.isNaN(stored) ? undefined : Math.trunc(stored);
  if (typeof stored === 'string') return ISO_TEXT.test(stored) ? validDate(dateOf(stored)) : undefined;
  if (isDate(stored)) return validDate(new Date(stored.getTime()));
  // USE_TZ = False: the wall clock of the server, taken to be this one's.
  if (stored instanceof NaiveDatetime) {
    return new Date(
      stored.year,
      stored.month - 1,
      stored.day,
      stored.hour,
      stored.minute,
      stored.second,
      stored.microsecond / 1000,
    );
  }
  return undefined;
}

function validDate(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A date alone is midnight on the server's clock to Python, and in UTC to JavaScript. */
function dateOf(text: string): Date {
  return new Date(text.length === 10 ? `${text}T00:00:00` : text.replace(' ', 'T'));
}
