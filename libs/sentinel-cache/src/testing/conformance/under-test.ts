import assert from 'node:assert/strict';

import type { Backend } from '../../backends/port/backend.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';

/** A backend, and what the tests need beside it. */
export interface BackendUnderTest {
  /** The backend that is tested. */
  readonly backend: Backend;
  /** Another backend over the same entries, as in another process. */
  readonly peer: Backend;
  /**
   * Lets milliseconds pass for the entries: waits, or advances a fake clock. Any Error fails the test.
   */
  passTime(ms: number): Promise<void>;
  /** The wall clock of the entries, in unix milliseconds. Omitted: that of this machine. */
  wallMs?(): number;
  /**
   * Whether keys lie on several servers: `setMany` is then one step on each server, not on all. Default
   * false.
   */
  readonly isSpread?: boolean;
  /** Closes what `create` opened. Any Error fails the suite. */
  close(): Promise<void>;
}

/** Registers one test. Each starts without entries. */
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

/** Stores an entry that has expired when this resolves, and that no call has touched since. */
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
