import { comparing } from './conformance/comparing.js';
import { counting } from './conformance/counting.js';
import { deleting } from './conformance/deleting.js';
import { leasing } from './conformance/leasing.js';
import { lifetimes, touching } from './conformance/lifetimes.js';
import { locking } from './conformance/locking.js';
import { many } from './conformance/many.js';
import { conditions, storing } from './conformance/storing.js';
import { moving } from './conformance/moving.js';
import { scanning } from './conformance/scanning.js';
import type { BackendUnderTest, Statement } from './conformance/under-test.js';

/**
 * The functions of a test runner. Jest and Vitest have them; for Mocha and `node:test` pass their `before`
 * and `after`.
 */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): unknown;
  /** Registers a test; it fails when `body` rejects. */
  it(title: string, body: () => Promise<void>): unknown;
  /** Runs `hook` once, before the tests of the group. */
  beforeAll(hook: () => Promise<void>): unknown;
  /** Runs `hook` once, after the tests of the group. */
  afterAll(hook: () => Promise<void>): unknown;
}

const PARTS: readonly (readonly [name: string, part: (it: Statement) => void])[] = [
  ['storing', storing],
  ['nx and xx', conditions],
  ['many keys', many],
  ['lifetimes', lifetimes],
  ['touch', touching],
  ['increment', counting],
  ['tokens', comparing],
  ['moving', moving],
  ['going through keys', scanning],
  ['deleting many', deleting],
  ['locks', locking],
  ['leases', leasing],
];

/**
 * Registers the contract of a `Backend` as tests: every method with its edge cases, except `command` and
 * `structures`. Calls `create` once. Deletes everything in the backend before each test: give it a database
 * of its own, with room for 5000 entries and values of 5 MB.
 *
 * @example describeBackend({ describe, it, beforeAll, afterAll }, 'MyBackend', async () => ({ backend, peer,
 * passTime, close }));
 */
export function describeBackend(runner: TestRunner, name: string, create: () => Promise<BackendUnderTest>): void {
  runner.describe(`${name} conforms to the contract of a backend`, () => {
    let subject: BackendUnderTest | undefined;
    runner.beforeAll(async () => {
      subject = await create();
    });
    runner.afterAll(async () => {
      await subject?.close();
    });
    const statement: Statement = (title, body) => {
      runner.it(title, async () => {
        if (!subject) throw new Error('create() has not given a backend.');
        await subject.backend.deleteAll();
        await body(subject);
      });
    };
    for (const [part, register] of PARTS) runner.describe(part, () => register(statement));
  });
}
