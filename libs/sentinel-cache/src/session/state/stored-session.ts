import { setTimeout as pause } from 'node:timers/promises';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CodecError } from '../../errors/codec.error.js';
import { SessionInterruptedError } from '../../errors/session-interrupted.error.js';
import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import { mergeChanges, type FieldUpdate, type SessionChanges } from '../port/session-changes.js';
import { orUnavailable } from '../port/or-unavailable.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';

/** This many writers, each faster than this one, mean that something loops. */
const MERGE_ATTEMPTS = 60;
/**
 * From the third attempt on writers step aside for up to this long, at random, so that one of them gets
 * through.
 */
const STEP_ASIDE_MS = 25;

/** What one request wants to save. */
export interface SessionSave {
  readonly data: SessionData;
  /** Whole seconds until `data` expires; 0 or negative: it has expired. */
  readonly ageSeconds: number;
  /** What the request began from; undefined: from what the store holds now. */
  readonly stored: StoredSession | undefined;
  /** What the request did to the fields; asked only when another request was faster. */
  changes(): SessionChanges;
  /** The functions that made fields of what was stored. */
  readonly updates: ReadonlyMap<string, readonly FieldUpdate[]> | undefined;
  /** Whole seconds until merged fields expire. */
  ageOf(merged: SessionData): number;
}

/**
 * Replaces a stored session by compare-and-set; when another request was faster, merges with what that one
 * saved and tries again. Deletes a session that has expired. Rejects with SessionInterruptedError when the
 * session was ended meanwhile, with SessionUnavailableError when other requests keep being faster or what
 * they saved can't be read, and with what the engine rejects with.
 */
export async function replaceOrMerge(engine: SessionEngine, key: string, save: SessionSave): Promise<void> {
  let base = save.stored ?? (await reload(engine, key));
  let mine: SessionChanges | undefined;
  let next = save.data;
  let age = save.ageSeconds;
  for (let attempt = 0; attempt < MERGE_ATTEMPTS; attempt += 1) {
    if (age <= 0) return endExpired(engine, key);
    if (await engine.replace(key, base.token, next, age)) return;
    mine ??= save.changes();
    if (attempt >= 2) await pause(Math.random() * STEP_ASIDE_MS);
    base = await reload(engine, key);
    next = mergeChanges(base.data, mine, save.updates);
    age = save.ageOf(next);
  }
  throw new SessionUnavailableError({ cause: new Error(`Another request was faster ${MERGE_ATTEMPTS} times.`) });
}

async function endExpired(engine: SessionEngine, key: string): Promise<void> {
  if (!(await engine.delete(key))) throw new SessionInterruptedError();
}

async function reload(engine: SessionEngine, key: string): Promise<StoredSession> {
  const stored = await orUnavailable(engine.load(key));
  if (!stored) throw new SessionInterruptedError();
  return stored;
}

/**
 * Loads a session. Resolves to 'outage' when the store can't be asked and SESSION_OUTAGE says to go on
 * without. Rejects with SessionUnavailableError.
 */
export async function loadUnlessOutage(
  engine: SessionEngine,
  key: string,
  { outage }: SessionConfig,
): Promise<StoredSession | 'outage' | undefined> {
  try {
    return await engine.load(key);
  } catch (error) {
    if (outage === 'anonymous' && error instanceof CacheUnavailableError) return 'outage';
    throw new SessionUnavailableError({ cause: error });
  }
}

/** What a caller gets as it is. A CodecError is about fields that can't be written: a mistake, no outage. */
const TOLD_AS_THEY_ARE = [SessionInterruptedError, SessionUnavailableError, CodecError];

/**
 * Runs calls of an engine; whatever they reject with becomes a SessionUnavailableError, but for a
 * SessionInterruptedError and the CodecError of fields that can't be written.
 */
export async function mapFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (TOLD_AS_THEY_ARE.some((type) => error instanceof type)) throw error;
    throw new SessionUnavailableError({ cause: error });
  }
}
