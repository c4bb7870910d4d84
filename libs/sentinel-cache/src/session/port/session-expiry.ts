import { isDate } from 'node:util/types';

import { NaiveDatetime } from '../../codec/values/naive-datetime.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import { fieldOf } from './session-changes.js';
import type { SessionData } from './session-engine.js';

/** The reserved field that holds a session's own choice. */
export const EXPIRY_FIELD = '_session_expiry';

/**
 * What `setExpiry` takes: seconds from each save, 0 for the end of the browser's session, a moment, or null
 * for what the settings say.
 */
export type ExpiryChoice = number | Date | null;

/**
 * From 1970 to the last second of the year 9999: what HTTP, Python's datetime and every database can write.
 */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);
/** A moment as Django writes it, in any of the forms that Python reads. */
const ISO_TEXT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[-+]\d\d:\d\d)?)?$/;

/** When a session ends, worked out once from its fields and handed to whatever needs a part of it. */
export interface SessionExpiry {
  /** The moment it was worked out at, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Whole seconds from then until the end, rounded down; 0 or negative once that has passed. */
  readonly ageSeconds: number;
  readonly date: Date;
  /** Whether the cookie ends with the browser. */
  readonly atBrowserClose: boolean;
}

/**
 * Works out when a session ends: at the moment or after the seconds that its own `setExpiry` chose, else
 * after SESSION_COOKIE_AGE. A choice of 0 ends the cookie with the browser; the store keeps the session for
 * SESSION_COOKIE_AGE. An end before 1970 or after the year 9999 counts as the nearest moment that can be
 * written down.
 */
export function expiryOf(data: SessionData, config: SessionConfig, nowMs: number): SessionExpiry {
  const override = readOverride(data);
  const atBrowserClose = override === undefined ? config.expireAtBrowserClose : override === 0;
  if (!override) {
    const ageSeconds = config.cookieAgeSeconds;
    return { nowMs, ageSeconds, date: new Date(nowMs + ageSeconds * 1000), atBrowserClose };
  }
  const isMoment = typeof override === 'object';
  const endMs = writable(isMoment ? override.getTime() : nowMs + override * 1000);
  const ageSeconds = Math.floor((endMs - nowMs) / 1000);
  return { nowMs, ageSeconds, date: new Date(isMoment ? endMs : nowMs + ageSeconds * 1000), atBrowserClose };
}

/**
 * Writes a moment so that Django 3.2 and 5.2 both read it: a datetime where the engine keeps one, else ISO
 * text in UTC.
 */
export function storedExpiry(moment: Date, keepsDates: boolean): unknown {
  return keepsDates ? moment : moment.toISOString().replace(/Z$/, '000+00:00');
}

/**
 * Throws InvalidArgumentError unless the choice is null, or a number or Date whose end lies between 1970 and
 * the year 9999.
 */
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

/**
 * Reads datetimes (Django 3.2), ISO text (4.1 and later) and numbers of seconds; anything else counts as no
 * choice.
 */
function readOverride(data: SessionData): number | Date | undefined {
  const stored = fieldOf(data, EXPIRY_FIELD);
  if (typeof stored === 'bigint') return Number(stored);
  if (typeof stored === 'number') return Number.isNaN(stored) ? undefined : Math.trunc(stored);
  if (typeof stored === 'string') return ISO_TEXT.test(stored) ? validDate(dateOf(stored)) : undefined;
  if (isDate(stored)) return validDate(new Date(stored.getTime()));
  // USE_TZ = False: Django wrote the wall clock of its server; this machine is taken to share its time zone.
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
