import assert from 'node:assert/strict';

import { assertLife, assertRefused, textOf, type Statement } from './under-test.js';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const BIG = 10n ** 30n;
const PAST_64_BITS: readonly (readonly [number: bigint, delta: bigint])[] = [
  [MAX, 1n],
  [MIN, -1n],
  [MAX, MAX],
  [MIN, MIN],
  [MAX + 1n, -1n],
  [MAX + 1n, 1n],
  [MIN - 1n, 1n],
  [MAX + 1n, 0n],
  [BIG, -BIG],
  [-BIG, BIG],
  [BIG, -1n],
  [-BIG, 1n],
  [BIG - 1n, 1n],
  [-5n, MAX + 1n],
  [-5n, MIN - 1n],
  [5n, -BIG],
  [-BIG, BIG + 7n],
  [BIG, -BIG + 10n ** 7n],
  [10n ** 21n + 10n ** 14n, -(10n ** 14n) - 1n],
  [0n, 10n ** 70n],
];
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
  ['a number of 30 digits and a letter', `${'9'.repeat(30)}a`],
  ['30 digits after a zero', `0${'9'.repeat(30)}`],
  ['more digits than Python reads', '9'.repeat(4301)],
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

  it('A-26: goes on past 64 bits, and comes back, exactly', async ({ backend }) => {
    for (const [number, delta] of PAST_64_BITS) {
      await backend.set(':1:n', String(number), 60_000, 'always');
      assert.equal(await backend.increment(':1:n', delta), String(number + delta));
      assert.equal(await textOf(backend, ':1:n'), String(number + delta));
    }
  });

  it('A-26: keeps the life past 64 bits, too', async ({ backend }) => {
    await backend.set(':1:mortal', String(MAX), 60_000, 'always');
    await backend.set(':1:immortal', String(MAX), 'forever', 'always');
    assert.equal(await backend.increment(':1:mortal', 1n), String(MAX + 1n));
    assert.equal(await backend.increment(':1:immortal', MAX), String(2n * MAX));
    assertLife(await backend.remaining(':1:mortal'), 60_000);
    assert.equal(await backend.remaining(':1:immortal'), 'forever');
  });

  it('A-26: refuses what would have more digits than Python reads, and leaves the entry as it was', async ({ backend }) => {
    const longest = '9'.repeat(4300);
    await backend.set(':1:n', longest, 60_000, 'always');
    assert.equal(await backend.increment(':1:n', -1n), `${longest.slice(1)}8`);
    assert.equal(await backend.increment(':1:n', 1n), longest);
    await assertRefused(backend.increment(':1:n', 1n), 'ERR');
    assert.equal(await textOf(backend, ':1:n'), longest);
  });

  it('A-26: gives every one of many callers a sum of its own past 64 bits', async ({ backend, peer }) => {
    await backend.set(':1:n', String(MAX - 20n), 60_000, 'always');
    const sums = await Promise.all(Array.from({ length: 60 }, (_, index) => (index % 2 ? peer : backend).increment(':1:n', 1n)));
    assert.deepEqual(
      sums.map((sum) => BigInt(sum!) - MAX + 20n).sort((a, b) => Number(a - b)),
      Array.from({ length: 60 }, (_, index) => BigInt(index + 1)),
    );
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
