import { setTimeout as pause } from 'node:timers/promises';

import { SessionInterruptedError } from '../../errors/session-interrupted.error.js';
import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';
import { mergeChanges, type FieldUpdate, type SessionChanges } from '../port/session-changes.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';

/** So many writers at once, each faster than this one, means that something loops. */
const MERGE_ATTEMPTS = 60;
/** From the third attempt on writers step aside for up to this long, at random, so that one of them gets through. */
const STEP_ASIDE_MS = 25;

/** What one request wants to save. */
export interface SessionSave {
  readonly data: SessionData;
  /** What it began from; undefined: from what the store holds now. */
  readonly stored: StoredSession | undefined;
  /** What it did to the fields; asked only when another request was faster. */
  changes(): SessionChanges;
  readonly updates: ReadonlyMap<string, readonly FieldUpdate[]> | undefined;
  ageOf(data: SessionData): number;
}

/**
 * Replaces a stored session by compare-and-set; when another request was faster, merges with what that one saved and tries again.
 * SessionInterruptedError when the session was ended meanwhile.
 */
export async function replaceOrMerge(engine: SessionEngine, key: string, save: SessionSave): Promise<void> {
  let base = save.stored ?? (await reload(engine, key));
  let mine: SessionChanges | undefined;
  let next = save.data;
  for (let attempt = 0; attempt < MERGE_ATTEMPTS; attempt += 1) {
    const age = save.ageOf(next);
    if (age <= 0) return endExpired(engine, key);
    if (await engine.replace(key, base.token, next, age)) return;
    mine ??= save.changes();
    if (attempt >= 2) await pause(Math.random() * STEP_ASIDE_MS);
    base = await reload(engine, key);
    next = mergeChanges(base.data, mine, save.updates);
  }
  throw new SessionUnavailableError({ cause: new Error(`another request was faster ${MERGE_ATTEMPTS} times.`) });
}

/** What is over is deleted, not saved. */
async function endExpired(engine: SessionEngine, key: string): Promise<void> {
  if (!(await engine.delete(key))) throw new SessionInterruptedError();
}

async function reload(engine: SessionEngine, key: string): Promise<StoredSession> {
  const stored = await engine.load(key);
  if (!stored) throw new SessionInterruptedError();
  return stored;
}
