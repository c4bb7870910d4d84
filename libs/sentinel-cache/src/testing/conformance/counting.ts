import assert from 'node:assert/strict';

import { assertLife, assertRefused, textOf, type Statement } from './under-test.js';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const NO_INTEGERS: readonly (readonly [what: string, bytes: string | Buffer])[] = [
  ['no bytes', ''],
  ['a word', 'abc'],
  ['a fraction', '1.5'],
  ['a leading space', ' 1'],
  ['a trailing line break', '1\n'],
  ['a plus sign', '+1'],
  ['a leading zero', '01'],
  ['minus zero', '-0'],
  ['a lonely minus', '-'],
  ['an exponent', '1e3'],
  ['2^63', String(MAX + 1n)],
  ['-2^63 - 1', String(MIN - 1n)],
  ['a number of 30 digits', '9'.repeat(30)],
  ['bytes that are no text', Buffer.from([0x80, 0x04, 0x95])],
];

/** Raw integers. */
export function counting(it: Statement): void {
  it('A-25: increments no entry into being', async ({ backend }) => {
    assert.equal(await backend.increment(':1:n', 1n), null);
    assert.equal(await backend.has(':1:n'), false);
  });

  it('A-30: adds, subtracts, and has no floor at 0', async ({ backend }) => {
    await backend.set(':1:n', '5', 60_000, 'always');
    assert.equal(await backend.increment(':1:n', 37n), '42');
    assert.equal(await backend.increment(':1:n', 0n), '42');
    assert.equal(await backend.increment(':1:n', -50n), '-8');
    assert.equal(await textOf(backend, ':1:n'), '-8');
  });

  it('is exact past 2^53, up to both ends of 64 bits', async ({ backend }) => {
    await backend.set(':1:n', '9007199254740992', 60_000, 'always');
    assert.equal(await backend.increment(':1:n', 1n), '9007199254740993');
    assert.equal(await backend.increment(':1:n', MAX - 9007199254740993n), String(MAX));
    assert.equal(await textOf(backend, ':1:n'), String(MAX));
    await backend.set(':1:n', '-1', 60_000, 'always');
    assert.equal(await backend.increment(':1:n', -MAX), String(MIN));
    assert.equal(await backend.increment(':1:n', MAX), '-1');
  });

  it('A-27: refuses to leave 64 bits, and leaves the entry as it was', async ({ backend }) => {
    for (const [limit, delta] of [
      [MAX, 1n],
      [MIN, -1n],
      [MAX, MAX],
      [MIN, MIN],
    ] as const) {
      await backend.set(':1:n', String(limit), 60_000, 'always');
      await assertRefused(backend.increment(':1:n', delta), 'ERR');
      assert.equal(await textOf(backend, ':1:n'), String(limit));
    }
  });

  it('refuses a delta of more than 64 bits', async ({ backend }) => {
    await backend.set(':1:n', '-5', 60_000, 'always');
    for (const delta of [MAX + 1n, MIN - 1n]) await assertRefused(backend.increment(':1:n', delta), 'ERR');
    assert.equal(await textOf(backend, ':1:n'), '-5');
  });

  for (const [what, bytes] of NO_INTEGERS) {
    it(`A-27: refuses to count on from ${what}, and leaves it as it was`, async ({ backend }) => {
      await backend.set(':1:n', bytes, 60_000, 'always');
      await assertRefused(backend.increment(':1:n', 1n), 'ERR');
      assert.deepEqual(await backend.get(':1:n'), Buffer.from(bytes as string));
    });
  }

  it('A-25: keeps the life of what it counts', async ({ backend }) => {
    await backend.set(':1:mortal', '1', 60_000, 'always');
    await backend.set(':1:immortal', '1', 'forever', 'always');
    await backend.increment(':1:mortal', 1n);
    await backend.increment(':1:immortal', 1n);
    assertLife(await backend.remaining(':1:mortal'), 60_000);
    assert.equal(await backend.remaining(':1:immortal'), 'forever');
  });

  it('gives every one of many callers a sum of its own', async ({ backend, peer }) => {
    await backend.set(':1:n', '0', 60_000, 'always');
    const sums = await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 2 ? peer : backend).increment(':1:n', 1n)));
    assert.deepEqual(
      sums.map(Number).sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
  });
}
