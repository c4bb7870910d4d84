import assert from 'node:assert/strict';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { Statement } from './under-test.js';

const KEYS = ['a', 'ab', 'abc', 'b', 'B', 'a*c', 'a?c', 'a[b]c', 'a\\c', 'a]', 'a^', 'a-c', 'aéc', 'a\nc', '5', '-', 'a\\'];
/** Pattern -> which of KEYS it matches: measured on Redis 7.0. */
const GLOBS: readonly (readonly [pattern: string, matched: readonly string[]])[] = [
  ['*', KEYS],
  ['**', KEYS],
  ['', []],
  ['a', ['a']],
  ['z*', []],
  ['a*c', ['abc', 'a*c', 'a?c', 'a[b]c', 'a\\c', 'a-c', 'aéc', 'a\nc']],
  ['a?c', ['abc', 'a*c', 'a?c', 'a\\c', 'a-c', 'a\nc']],
  ['a??c', ['aéc']],
  ['*b*', ['ab', 'abc', 'b', 'a[b]c']],
  ['*a*c*', ['abc', 'a*c', 'a?c', 'a[b]c', 'a\\c', 'a-c', 'aéc', 'a\nc']],
  ['?', ['a', 'b', 'B', '5', '-']],
  ['a\\*c', ['a*c']],
  ['a\\?c', ['a?c']],
  ['a\\[b\\]c', ['a[b]c']],
  ['a\\\\c', ['a\\c']],
  ['\\a\\b', ['ab']],
  ['a\\', ['a\\']],
  ['[ab]', ['a', 'b']],
  ['[a-c]', ['a', 'b']],
  ['[c-a]', ['a', 'b']],
  ['[^a-z]', ['B', '5', '-']],
  ['[0-9]', ['5']],
  ['[a\\-z]', ['a', '-']],
  ['a[*?]c', ['a*c', 'a?c']],
  ['a[\\]^]', ['a]', 'a^']],
  ['a[^b]', ['a]', 'a^', 'a\\']],
  ['a[b', ['ab']],
  ['a[b-', ['ab']],
  ['a[\\', ['a\\']],
  ['a[]c', []],
  ['[', []],
  ['a[]-^]', []],
];

/** Many entries at once. */
export function deleting(it: Statement): void {
  for (const [pattern, matched] of GLOBS) {
    it(`deletes what ${JSON.stringify(pattern)} matches, and nothing else`, async ({ backend }) => {
      await backend.setMany(
        KEYS.map((key) => [key, 'value']),
        60_000,
      );
      assert.equal(await backend.deleteMatching(pattern), matched.length);
      const found = await backend.getMany(KEYS);
      assert.deepEqual(
        KEYS.filter((_, index) => found[index] === null),
        matched,
      );
    });
  }

  it('deletes what matches among thousands', async ({ backend }) => {
    const keys = Array.from({ length: 4000 }, (_, index) => `${index % 2 ? 'odd' : 'even'}:1:${index}`);
    await backend.setMany(
      keys.map((key) => [key, '']),
      'forever',
    );
    assert.equal(await backend.deleteMatching('odd:*'), 2000);
    assert.deepEqual(
      (await backend.getMany(keys)).map((bytes) => bytes !== null),
      keys.map((key) => key.startsWith('even')),
    );
    assert.equal(await backend.deleteMatching('odd:*'), 0);
  });

  it('deletes nothing for a caller who has given up', async ({ backend }) => {
    await backend.set(':1:a', 'A', 60_000, 'always');
    await assert.rejects(backend.deleteMatching('*', { signal: AbortSignal.abort(new Error('enough')) }), (error) => {
      assert.ok(error instanceof CacheUnavailableError, `expected a CacheUnavailableError, got ${String(error)}`);
      assert.equal(error.reason, 'aborted');
      assert.equal(error.executed, false);
      assert.equal((error.cause as Error).message, 'enough');
      return true;
    });
    assert.equal(await backend.has(':1:a'), true);
  });

  it('A-22: deletes everything, whosoever it is', async ({ backend, peer }) => {
    await backend.setMany(
      [
        [':1:a', 'A'],
        ['other:1:b', 'B'],
        ['', 'C'],
      ],
      'forever',
    );
    await peer.deleteAll();
    assert.equal(await backend.deleteMatching('*'), 0);
    assert.equal(await backend.has(':1:a'), false);
    await backend.deleteAll();
  });
}
