import type { HeaderValue } from './cache-control.js';

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .+(?:GMT|\d{4})$/;

/** Reads a date of HTTP in any of its three forms, as unix milliseconds; undefined for anything else. */
export function parseHttpDate(header: HeaderValue): number | undefined {
  const text = typeof header === 'string' ? header.trim() : '';
  if (!HTTP_DATE.test(text)) return undefined;
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Writes unix milliseconds as a date of HTTP, in whole seconds. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}
