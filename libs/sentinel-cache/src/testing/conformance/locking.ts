import assert from 'node:assert/strict';

import { assertLife, textOf, until, type Statement } from './under-test.js';

/** Locks: entries that hold a token. */
export function locking(it: Statement): void {
  it('lets exactly one of many callers have a lock, whose entry is the token as it is', async ({ backend, peer }) => {
    const tokens = Array.from({ length: 40 }, (_, index) => `token ${index}`);
    const claims = await Promise.all(tokens.map((token, i) => (i % 2 ? peer : backend).locks.claim(':1:l', token, 60_000)));
    assert.equal(claims.filter(Boolean).length, 1);
    const winner = tokens[claims.indexOf(true)]!;
    assert.equal(await textOf(backend, ':1:l'), winner);
    assert.equal(await peer.locks.holds(':1:l', winner), true);
    assert.equal(await peer.locks.holds(':1:l', 'another'), false);
    assertLife(await backend.remaining(':1:l'), 60_000);
  });

  it('is kept out by any entry', async ({ backend }) => {
    assert.equal(await backend.locks.isTaken(':1:l'), false);
    await backend.set(':1:l', 'a value', 'forever', 'always');
    assert.equal(await backend.locks.isTaken(':1:l'), true);
    assert.equal(await backend.locks.claim(':1:l', 'token', 60_000), false);
  });

  it('drops and renews a lock for its own token only', async ({ backend, peer }) => {
    await backend.locks.claim(':1:l', 'mine', 'forever');
    assert.equal(await peer.locks.drop(':1:l', 'theirs'), false);
    assert.equal(await peer.locks.renew(':1:l', 'theirs', 1000, 'replace'), false);
    assert.equal(await backend.remaining(':1:l'), 'forever');
    assert.equal(await backend.locks.drop(':1:l', 'mine'), true);
    assert.equal(await backend.locks.drop(':1:l', 'mine'), false);
    assert.equal(await backend.locks.renew(':1:l', 'mine', 1000, 'add'), false);
    assert.equal(await peer.locks.claim(':1:l', 'theirs', 60_000), true);
  });

  it('renews by adding to what is left, or in its place; for ever stays for ever where it is added to', async ({ backend }) => {
    await backend.locks.claim(':1:l', 'mine', 60_000);
    assert.equal(await backend.locks.renew(':1:l', 'mine', 60_000, 'add'), true);
    assertLife(await backend.remaining(':1:l'), 120_000);
    assert.equal(await backend.locks.renew(':1:l', 'mine', 30_000, 'replace'), true);
    assertLife(await backend.remaining(':1:l'), 30_000);
    await backend.locks.claim(':1:m', 'mine', 'forever');
    assert.equal(await backend.locks.renew(':1:m', 'mine', 1000, 'add'), true);
    assert.equal(await backend.remaining(':1:m'), 'forever');
  });

  it('gives a lock whose life is over to the next, and takes nothing from that one', async (subject) => {
    const { backend, peer } = subject;
    await backend.locks.claim(':1:l', 'mine', 1);
    await until(subject, 'the lock is free', () => peer.locks.claim(':1:l', 'theirs', 60_000));
    assert.equal(await backend.locks.holds(':1:l', 'mine'), false);
    assert.equal(await backend.locks.drop(':1:l', 'mine'), false);
    assert.equal(await peer.locks.holds(':1:l', 'theirs'), true);
  });
}
