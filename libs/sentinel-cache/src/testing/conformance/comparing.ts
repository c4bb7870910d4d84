import assert from 'node:assert/strict';

import type { Backend } from '../../backends/port/backend.js';
import { assertLife, storeExpired, textOf, type BackendUnderTest, type Statement } from './under-test.js';

/** What happens between reading a token and using it. */
const CHANGES: readonly (readonly [what: string, change: (backend: Backend) => Promise<unknown>])[] = [
  ['was replaced', (backend) => backend.set(':1:a', 'other', 60_000, 'always')],
  ['was replaced by no bytes', (backend) => backend.set(':1:a', '', 60_000, 'always')],
  ['was one of many that were set', (backend) => backend.setMany([[':1:a', 'other']], 60_000)],
  ['was counted on', (backend) => backend.increment(':1:a', 1n)],
  ['was moved away', (backend) => backend.move(':1:a', ':2:a')],
  ['was deleted', (backend) => backend.delete([':1:a'])],
  ['was deleted by a pattern', (backend) => backend.deleteMatching(':1:*')],
];

async function race({ backend, peer }: BackendUnderTest): Promise<void> {
  const { token } = await backend.getWithToken(':1:a');
  const callers = Array.from({ length: 40 }, (_, index) =>
    (index % 2 ? peer : backend).compareAndSet(':1:a', token, `caller ${index}`, 60_000),
  );
  const stored = await Promise.all(callers);
  assert.equal(stored.filter(Boolean).length, 1);
  assert.equal((await backend.get(':1:a', { fresh: true }))?.toString(), `caller ${stored.indexOf(true)}`);
}

/** Tokens, and storing only if nobody else did. */
export function comparing(it: Statement): void {
  it('gives bytes with their token, and a token for nothing too', async ({ backend }) => {
    const absent = await backend.getWithToken(':1:a');
    assert.equal(absent.bytes, null);
    await backend.set(':1:a', '', 60_000, 'always');
    const empty = await backend.getWithToken(':1:a');
    assert.deepEqual(empty.bytes, Buffer.alloc(0));
    assert.equal(typeof empty.token, 'string');
    assert.notEqual(empty.token, absent.token);
    assert.equal((await backend.getWithToken(':1:a')).token, empty.token);
  });

  it('stores where the entry is still the same, with the new life', async ({ backend, peer }) => {
    await backend.set(':1:a', '1', 'forever', 'always');
    const first = await backend.getWithToken(':1:a');
    assert.equal(await peer.compareAndSet(':1:a', first.token, Buffer.from([0, 255]), 60_000), true);
    const second = await backend.getWithToken(':1:a');
    assert.deepEqual(second.bytes, Buffer.from([0, 255]));
    assertLife(await backend.remaining(':1:a'), 60_000);
    assert.equal(await backend.compareAndSet(':1:a', second.token, '3', 'forever'), true);
    assert.equal(await backend.remaining(':1:a'), 'forever');
    assert.equal(await textOf(backend, ':1:a'), '3');
  });

  for (const [what, change] of CHANGES) {
    it(`stores nothing where the entry ${what} meanwhile`, async ({ backend, peer }) => {
      await backend.set(':1:a', '1', 'forever', 'always');
      const { token } = await backend.getWithToken(':1:a');
      await change(peer);
      const changed = await backend.getWithLife(':1:a');
      for (const lifetime of [60_000, 'forever', 'already-expired'] as const) {
        assert.equal(await backend.compareAndSet(':1:a', token, 'mine', lifetime), false);
      }
      assert.deepEqual((await backend.getWithLife(':1:a'))?.bytes, changed?.bytes);
      assert.equal(typeof (await backend.remaining(':1:a')), typeof (changed?.life ?? 'missing'));
    });
  }

  it('stores nothing where the entry expired meanwhile', async (subject) => {
    const { backend } = subject;
    await backend.set(':1:a', 'gone', 60_000, 'always');
    const { token } = await backend.getWithToken(':1:a');
    await storeExpired(subject, ':1:a');
    assert.equal(await backend.compareAndSet(':1:a', token, 'mine', 60_000), false);
    assert.equal(await backend.has(':1:a'), false);
  });

  it('takes the token of nothing only where there still is nothing', async ({ backend }) => {
    const { token } = await backend.getWithToken(':1:a');
    assert.equal(await backend.compareAndSet(':1:a', token, 'mine', 60_000), true);
    assert.equal(await backend.compareAndSet(':1:a', token, 'again', 60_000), false);
    assert.equal(await textOf(backend, ':1:a'), 'mine');
  });

  it('deletes with a lifetime that is already over', async ({ backend }) => {
    await backend.set(':1:a', 'A', 'forever', 'always');
    const { token } = await backend.getWithToken(':1:a');
    assert.equal(await backend.compareAndSet(':1:a', token, 'unseen', 'already-expired'), true);
    assert.equal(await backend.has(':1:a'), false);
    const absent = await backend.getWithToken(':1:a');
    assert.equal(await backend.compareAndSet(':1:a', absent.token, 'unseen', 'already-expired'), true);
    assert.equal(await backend.has(':1:a'), false);
  });

  it('lets exactly one of many callers with the same token through', async (subject) => {
    await subject.backend.set(':1:a', 'start', 60_000, 'always');
    await race(subject);
  });

  it('lets exactly one of many callers with the token of nothing through', race);
}
