import assert from 'node:assert/strict';

import { assertLife, storeExpired, textOf, type Statement } from './under-test.js';

/** Another key for an entry. */
export function moving(it: Statement): void {
  it('A-29: moves bytes and life to another key, to the millisecond', async ({ backend, passTime }) => {
    await backend.set(':1:a', Buffer.from([0, 255]), 60_500, 'always');
    await passTime(5);
    assert.equal(await backend.move(':1:a', ':2:a'), true);
    assert.deepEqual(await backend.get(':2:a', { fresh: true }), Buffer.from([0, 255]));
    assertLife(await backend.remaining(':2:a'), 60_500 - 5);
    assert.equal(await backend.has(':1:a'), false);
  });

  it('A-29: what lives for ever lives for ever under its other key', async ({ backend, peer }) => {
    await backend.set(':1:a', 'A', 'forever', 'always');
    assert.equal(await peer.move(':1:a', ':2:a'), true);
    assert.equal(await backend.remaining(':2:a'), 'forever');
    assert.equal(await textOf(backend, ':2:a'), 'A');
  });

  it('A-29: takes the place of what stood there, its life included', async ({ backend }) => {
    await backend.set(':1:a', 'new', 60_000, 'always');
    await backend.set(':2:a', 'old', 'forever', 'always');
    assert.equal(await backend.move(':1:a', ':2:a'), true);
    assert.equal(await textOf(backend, ':2:a'), 'new');
    assertLife(await backend.remaining(':2:a'), 60_000);
  });

  it('A-29: moves nothing where there is nothing, and leaves the other key alone', async (subject) => {
    const { backend } = subject;
    await backend.set(':2:a', 'old', 60_000, 'always');
    assert.equal(await backend.move(':1:a', ':2:a'), false);
    await storeExpired(subject, ':1:a');
    assert.equal(await backend.move(':1:a', ':2:a'), false);
    assert.equal(await textOf(backend, ':2:a'), 'old');
  });

  it('keeps an entry that is moved to itself', async ({ backend }) => {
    await backend.set(':1:a', 'A', 60_000, 'always');
    assert.equal(await backend.move(':1:a', ':1:a'), true);
    assert.equal(await textOf(backend, ':1:a'), 'A');
    assertLife(await backend.remaining(':1:a'), 60_000);
  });

  it('A-29: one of many callers moves it, and nobody finds it twice', async ({ backend, peer }) => {
    await backend.set(':1:a', 'A', 60_000, 'always');
    const moved = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? peer : backend).move(':1:a', `:${index + 2}:a`)),
    );
    assert.equal(moved.filter(Boolean).length, 1);
    const found = await backend.getMany(Array.from({ length: 42 }, (_, version) => `:${version}:a`));
    assert.deepEqual(
      found.flatMap((bytes, version) => (bytes === null ? [] : [version])),
      [moved.indexOf(true) + 2],
    );
  });
}
