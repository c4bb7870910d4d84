import assert from 'node:assert/strict';

import { assertLife, storeExpired, textOf, type Statement } from './under-test.js';

const MANY = Array.from({ length: 3000 }, (_, index) => `:1:many:${index}`);

/** Several keys in one call. */
export function many(it: Statement): void {
  it('getMany answers in the order of the keys, each as often as it is asked for', async (subject) => {
    const { backend } = subject;
    await storeExpired(subject, ':1:expired');
    await backend.set(':1:a', 'A', 60_000, 'always');
    await backend.set(':1:b', 'B', 'forever', 'always');
    const found = await backend.getMany([':1:b', ':1:missing', ':1:a', ':1:expired', ':1:b']);
    assert.deepEqual(found, [Buffer.from('B'), null, Buffer.from('A'), null, Buffer.from('B')]);
  });

  it('getManyWithLife gives bytes and life of each, in the order of the keys', async (subject) => {
    const { backend } = subject;
    await storeExpired(subject, ':1:expired');
    await backend.set(':1:a', Buffer.from([1, 0, 255]), 60_000, 'always');
    await backend.set(':1:b', '', 'forever', 'always');
    const keys = [':1:b', ':1:missing', ':1:a', ':1:expired', ':1:b'];
    const found = await backend.getManyWithLife(keys);
    assert.deepEqual(
      found.map((entry) => entry?.bytes),
      [Buffer.alloc(0), undefined, Buffer.from([1, 0, 255]), undefined, Buffer.alloc(0)],
    );
    assertLife(found[2]?.life, 60_000);
    assert.deepEqual([found[0]?.life, found[4]?.life], ['forever', 'forever']);
  });

  it('A-23: takes no keys at all', async ({ backend }) => {
    assert.deepEqual(await backend.getMany([]), []);
    assert.deepEqual(await backend.getManyWithLife([]), []);
    assert.equal(await backend.delete([]), 0);
    await backend.setMany([], 60_000);
    assert.equal(await backend.deleteMatching('*'), 0);
  });

  it('setMany gives all entries the same lifetime, whatever they had', async ({ backend }) => {
    await backend.set(':1:a', 'old', 'forever', 'always');
    const pairs = [
      [':1:a', 'A'],
      [':1:b', Buffer.from([0, 255])],
    ] as const;
    await backend.setMany(pairs, 60_000);
    assert.deepEqual(await backend.getMany([':1:a', ':1:b']), [Buffer.from('A'), Buffer.from([0, 255])]);
    for (const [key] of pairs) assertLife(await backend.remaining(key), 60_000);
    await backend.setMany(pairs, 'forever');
    for (const [key] of pairs) assert.equal(await backend.remaining(key), 'forever');
  });

  it('setMany keeps the last of two entries under one key', async ({ backend }) => {
    await backend.setMany(
      [
        [':1:a', 'first'],
        [':1:a', 'last'],
      ],
      60_000,
    );
    assert.equal(await textOf(backend, ':1:a'), 'last');
  });

  it('stores, reads and deletes thousands in one call', async ({ backend }) => {
    await backend.setMany(
      MANY.map((key) => [key, `value of ${key}`]),
      60_000,
    );
    assert.deepEqual(
      (await backend.getMany(MANY)).map(String),
      MANY.map((key) => `value of ${key}`),
    );
    const living = await backend.getManyWithLife(MANY);
    assert.equal(
      living.filter((entry, i) => String(entry?.bytes) === `value of ${MANY[i]}` && entry!.life !== 'forever').length,
      3000,
    );
    assert.equal(await backend.delete(MANY), MANY.length);
    assert.equal((await backend.getMany(MANY)).filter(Boolean).length, 0);
  });

  it('A-24: nobody ever sees half of a setMany on one server', async ({ backend, peer, isSpread = false }) => {
    const keys = MANY.slice(0, 200);
    const round = (word: string) =>
      backend.setMany(
        keys.map((key) => [key, word]),
        60_000,
      );
    await round('first');
    const writes = Array.from({ length: 20 }, (_, index) => round(`round ${index}`));
    const reads = await Promise.all(Array.from({ length: 60 }, () => peer.getMany(keys)));
    await Promise.all(writes);
    if (!isSpread) for (const read of reads) assert.equal(new Set(read.map(String)).size, 1);
    assert.deepEqual(new Set((await backend.getMany(keys)).map(String)), new Set(['round 19']));
  });

  it('delete counts what was there, a key named twice once', async (subject) => {
    const { backend } = subject;
    await storeExpired(subject, ':1:expired');
    await backend.setMany(
      [
        [':1:a', 'A'],
        [':1:b', 'B'],
        [':1:c', ''],
      ],
      60_000,
    );
    assert.equal(await backend.delete([':1:a', ':1:missing', ':1:c', ':1:a', ':1:expired']), 2);
    assert.equal(await backend.delete([':1:a']), 0);
    assert.deepEqual((await backend.getMany([':1:a', ':1:b', ':1:c'])).map(String), ['null', 'B', 'null']);
  });
}
