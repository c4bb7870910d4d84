import { toLifetime } from '../../time/lifetime.js';
import { LONGEST_TIMER_MS } from '../../time/time-limit.js';
import { describeKind } from './describe-value.js';
import type { SettingReader } from './setting-reader.js';

const WHOLE_NUMBER = /^\s*[-+]?\d+\s*$/;

/** Reads text; undefined when it is not given or a problem, as each function here. */
export function readText(reader: SettingReader, name: string, remedy = 'Write a string.'): string | undefined {
  const value = reader.take(name);
  if (value === undefined || typeof value === 'string') return value;
  return reader.reject(name, { expected: 'a string', got: describeKind(value), remedy });
}

/**
 * Reads a password or a user name. Empty text and null count as not given, as in django-redis. Never shows
 * the value.
 */
export function readSecret(reader: SettingReader, name: string): string | undefined {
  const value = reader.take(name);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  return reader.reject(name, { expected: 'a string', got: describeKind(value), remedy: 'Put it in quotes.' });
}

/** Reads true or false, and nothing that only looks like it. */
export function readBoolean(reader: SettingReader, name: string): boolean | undefined {
  const value = reader.take(name);
  if (value === undefined || typeof value === 'boolean') return value;
  return reader.reject(name, {
    expected: 'true or false',
    remedy: "Write true or false, without quotes (Python's True and False).",
  });
}

/** Reads a whole number within bounds. `text`: digits in quotes are accepted, where Python calls int(). */
export function readInteger(
  reader: SettingReader,
  name: string,
  bounds: { min: number; max?: number; text?: boolean },
): number | undefined {
  const value = reader.take(name);
  if (value === undefined) return undefined;
  const number = bounds.text && typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= bounds.min && number <= max) return number;
  const range = bounds.max === undefined ? `of at least ${bounds.min}` : `from ${bounds.min} to ${bounds.max}`;
  return reader.reject(name, { expected: `a whole number ${range}`, remedy: 'Write a number in that range, or leave it out.' });
}

/**
 * Reads a time in seconds, as Django writes it; returns milliseconds. 0 and null count as not given, as in
 * django-redis.
 */
export function readSeconds(reader: SettingReader, name: string): number | undefined {
  const value = reader.take(name);
  if (value === undefined || value === null || value === 0) return undefined;
  const ms = typeof value === 'number' ? timerMs(value) : undefined;
  if (ms !== undefined) return ms;
  return reader.reject(name, { expected: 'a positive number of seconds', remedy: 'Write 0.5 for half a second.' });
}

/**
 * Reads a time of our own options: a number of milliseconds, or a number with its unit. Returns milliseconds.
 */
export function readDurationMs(reader: SettingReader, name: string): number | undefined {
  const value = reader.take(name);
  if (value === undefined) return undefined;
  const ms = typeof value === 'number' ? timerMs(`${value}ms`) : typeof value === 'string' ? timerMs(value) : undefined;
  if (ms !== undefined) return ms;
  return reader.reject(name, {
    expected: 'a positive number of milliseconds, or one with its unit',
    remedy: "Write 500, '500ms' or '2s'.",
  });
}

function timerMs(timeout: unknown): number | undefined {
  const lifetime = toLifetime(timeout);
  return typeof lifetime === 'number' && lifetime <= LONGEST_TIMER_MS ? lifetime : undefined;
}
