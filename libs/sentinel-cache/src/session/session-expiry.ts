import { isDate } from 'node:util/types';

import { NaiveDatetime } from '../codec/values/naive-datetime.js';
import type { SessionConfig } from '../settings/resolved-settings.js';
import type { SessionData } from './session-engine.js';

/** The reserved field (S-10). */
export const EXPIRY_FIELD = '_session_expiry';

/** What `setExpiry` takes: seconds from each save, 0 for the browser's session, a moment, or null for the settings (S-25). */
export type ExpiryChoice = number | Date | null;

/**
 * Whole seconds until the session is over (S-26): the settings' age, the override's seconds, or the seconds until its moment, rounded
 * down and negative when that has passed. An override of 0 ends with the browser; on the server it keeps the settings' age.
 */
export function expiryAgeSeconds(data: SessionData, config: SessionConfig, nowMs: number): number {
  const override = readOverride(data);
  if (override === undefined || override === 0) return config.cookieAgeSeconds;
  return typeof override === 'number' ? override : Math.floor((override.getTime() - nowMs) / 1000);
}

/** The moment the session is over. */
export function expiryDate(data: SessionData, config: SessionConfig, nowMs: number): Date {
  const override = readOverride(data);
  return typeof override === 'object' ? override : new Date(nowMs + expiryAgeSeconds(data, config, nowMs) * 1000);
}

/** Whether the cookie ends with the browser (S-27): the settings, unless overridden. */
export function expiresAtBrowserClose(data: SessionData, config: SessionConfig): boolean {
  const override = readOverride(data);
  return override === undefined ? config.expireAtBrowserClose : override === 0;
}

/**
 * The override as it is stored so that Django 3.2 and 5.2 both read it: a datetime where the serializer keeps one, else ISO text with
 * six digits and `+00:00` (S-5, S-6).
 */
export function storedExpiry(moment: Date, keepsDates: boolean): unknown {
  return keepsDates ? moment : moment.toISOString().replace(/Z$/, '000+00:00');
}

/** Datetimes (3.2), ISO text (4.1 and later) and numbers of seconds; anything else is no override. */
function readOverride(data: SessionData): number | Date | undefined {
  const stored = data[EXPIRY_FIELD];
  if (typeof stored === 'number' && Number.isFinite(stored)) return Math.trunc(stored);
  if (typeof stored === 'string') return validDate(new Date(stored));
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
