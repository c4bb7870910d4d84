import type { SessionConfig } from '../settings/resolved-settings.js';
import type { SessionData } from './session-engine.js';

/** The reserved field (S-10). */
export const EXPIRY_FIELD = '_session_expiry';

/** What `setExpiry` was given: seconds from each save, 0 for the browser's session, a moment, or null for the settings. */
export type ExpiryChoice = number | Date | null;

/**
 * Whole seconds until the session is over (S-26): the settings' age, the override's seconds, or the seconds until its moment, rounded
 * down and negative when that has passed. An override of 0 ends with the browser; on the server it keeps the settings' age (S-25).
 */
export function expiryAgeSeconds(data: SessionData, config: SessionConfig, nowMs: number): number {
  const override = readOverride(data);
  if (override === undefined || override === 0) return config.cookieAgeSeconds;
  return typeof override === 'number' ? override : Math.floor((override.getTime() - nowMs) / 1000);
}

/** The moment the session is over. */
export function expiryDate(data: SessionData, config: SessionConfig, nowMs: number): Date {
  const override = readOverride(data);
  return override instanceof Date ? override : new Date(nowMs + expiryAgeSeconds(data, config, nowMs) * 1000);
}

/** Whether the cookie ends with the browser (S-27): the settings, unless overridden. */
export function expiresAtBrowserClose(data: SessionData, config: SessionConfig): boolean {
  const override = readOverride(data);
  return override === undefined ? config.expireAtBrowserClose : override === 0;
}

/** Django 3.2 stores a datetime, 5.2 an ISO string: both are read. Anything else is no override. */
function readOverride(data: SessionData): number | Date | undefined {
  const stored = data[EXPIRY_FIELD];
  if (typeof stored === 'number') return stored;
  if (typeof stored === 'string') {
    const ms = Date.parse(stored);
    return Number.isNaN(ms) ? undefined : new Date(ms);
  }
  return stored instanceof Date ? new Date(stored.getTime()) : undefined;
}
