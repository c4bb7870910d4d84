import assert from 'node:assert/strict';

import type { Backend } from '../../backends/port/backend.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';

/** A backend with what a test of it needs. */
export interface BackendUnderTest {
  /** The backend that is tested. */
  readonly backend: Backend;
  /** Another backend over the same entries, as another process has one. */
  readonly peer: Backend;
  /**
   * Resolves when that many milliseconds have passed for the entries: waits, or turns a fake clock. An Error
   * fails the test.
   */
  passTime(ms: number): Promise<void>;
  /** The time of day for the entries, in unix milliseconds; omitted: this machine's. */
  wallMs?(): number;
  /**
   * Whether keys lie on several servers: many are then written in one step on each of them, not on all.
   * Omitted: false.
   */
  readonly isSpread?: boolean;
  /** Ends what `create` began. An Error fails the suite. */
  close(): Promise<void>;
}

/** Registers one test. Each begins with no entries. */
export type Statement = (title: string, body: (subject: BackendUnderTest) => Promise<void>) => void;

/** More than any test takes to notice that an entry has expired. */
const PATIENCE_MS = 10_000;
const STEP_MS = 1;

/** Asks until the answer is yes; fails when time runs out. */
export async function until({ passTime }: BackendUnderTest, what: string, ask: () => Promise<boolean>): Promise<void> {
  for (let passedMs = 0; passedMs <= PATIENCE_MS; passedMs += STEP_MS) {
    if (await ask()) return;
    await passTime(STEP_MS);
  }
  assert.fail(`still not so after ${PATIENCE_MS} ms: ${what}`);
}

/** Stores an entry that has expired when this resolves, and that nobody has asked for since. */
export async function storeExpired(subject: BackendUnderTest, key: string): Promise<void> {
  const later = `${key}:later`;
  await subject.backend.set(key, 'gone', 1, 'always');
  await subject.backend.set(later, 'gone', 1, 'always');
  await until(subject, `${later} has expired`, async () => (await subject.backend.get(later)) === null);
}

/** The entry's bytes as text. */
export async function textOf(backend: Backend, key: string): Promise<string | undefined> {
  return (await backend.get(key))?.toString();
}

/** Between a little less (the test takes time too) and exactly that many milliseconds. */
export function assertLife(life: unknown, lifetimeMs: number): void {
  assert.ok(typeof life === 'number' && Number.isInteger(life), `expected whole milliseconds, got ${String(life)}`);
  assert.ok(life <= lifetimeMs && life > lifetimeMs - PATIENCE_MS, `expected nearly ${lifetimeMs} ms, got ${life}`);
}

/** A refusal that left everything as it was. */
export async function assertRefused(call: Promise<unknown>, redisCode: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof CommandRejectedError, `expected a CommandRejectedError, got ${String(error)}`);
    assert.equal(error.redisCode, redisCode);
    assert.equal(error.executed, false);
    return true;
  });
}
