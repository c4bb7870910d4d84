import assert from 'node:assert/strict';

import { ABSENT, tokenOf } from '../../backends/port/entry-token.js';
import { noteLeases } from '../../copies/leases-used.js';
import { assertLife, textOf, until, type Statement } from './under-test.js';

const MINUTE_MS = 60_000;
const ENTRY = { bytes: 'made', lifetime: MINUTE_MS } as const;

/** Leases: who makes the value of a key. */
export function leasing(it: Statement): void {
  it('gives the lease to one of many callers; the others learn for how long it is taken', async ({ backend, peer }) => {
    const tokens = Array.from({ length: 20 }, (_, index) => `token ${index}`);
    const claims = await Promise.all(
      tokens.map((token, i) => (i % 2 ? peer : backend).leases.claim(':1:k', { token, ms: MINUTE_MS })),
    );
    const others = claims.filter(({ lease }) => lease !== 'ours');
    assert.equal(others.length, tokens.length - 1);
    for (const { lease, entry } of others) {
      assertLife(lease, MINUTE_MS);
      assert.equal(entry, null);
    }
  });

  it('gives it again to who has it, and to nobody else until it is given back', async ({ backend, peer }) => {
    const [mine, theirs] = ['mine', 'theirs'].map((token) => ({ token, ms: MINUTE_MS }));
    assert.equal((await backend.leases.claim(':1:k', mine!)).lease, 'ours');
    assert.equal((await backend.leases.claim(':1:k', mine!)).lease, 'ours');
    assert.equal(typeof (await peer.leases.claim(':1:k', theirs!)).lease, 'number');
    assert.equal(await peer.leases.release(':1:k', 'theirs'), false);
    assert.equal(await peer.leases.renew(':1:k', 'theirs', MINUTE_MS), false);
    assert.equal(await backend.leases.renew(':1:k', 'mine', 2 * MINUTE_MS), true);
    assertLife((await peer.leases.claim(':1:k', theirs!)).lease, 2 * MINUTE_MS);
    assert.equal(await backend.leases.release(':1:k', 'mine'), true);
    assert.equal(await backend.leases.release(':1:k', 'mine'), false);
    assert.equal((await peer.leases.claim(':1:k', theirs!)).lease, 'ours');
  });

  it('reads the entry as it claims, and wants no lease for one that lives long enough', async ({ backend }) => {
    await backend.set(':1:k', 'old', MINUTE_MS, 'always');
    const claim = await backend.leases.claim(':1:k', { token: 'mine', ms: MINUTE_MS, unlessLivesMs: 0 });
    assert.equal(claim.lease, 'needless');
    assert.equal(claim.entry?.bytes.toString(), 'old');
    assertLife(claim.entry?.life, MINUTE_MS);
    assert.equal(
      (await backend.leases.claim(':1:k', { token: 'mine', ms: MINUTE_MS, unlessLivesMs: 2 * MINUTE_MS })).lease,
      'ours',
    );
    await backend.set(':1:for ever', 'old', 'forever', 'always');
    const longest = { token: 'mine', ms: MINUTE_MS, unlessLivesMs: Number.MAX_SAFE_INTEGER };
    assert.equal((await backend.leases.claim(':1:for ever', longest)).lease, 'needless');
  });

  it('stores in place of what it was made for and of nothing else, and is over then', async ({ backend, peer }) => {
    const store = async (replaces: string): Promise<boolean> => {
      await backend.leases.claim(':1:k', { token: 'mine', ms: MINUTE_MS });
      const stored = await backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces });
      assert.equal(await backend.leases.release(':1:k', 'mine'), false);
      return stored;
    };
    assert.equal(await store(tokenOf(Buffer.from('old'))), false);
    assert.equal(await peer.get(':1:k'), null);
    assert.equal(await store(ABSENT), true);
    assert.equal(await textOf(peer, ':1:k'), 'made');
    assertLife(await peer.remaining(':1:k'), MINUTE_MS);
    assert.equal(await store(ABSENT), false);
    assert.equal(await store(tokenOf(Buffer.from('made'))), true);
  });

  it('is ended by each delete of its entry, there or not: what is being made is not stored', async ({ backend, peer }) => {
    noteLeases();
    const deletes = [
      () => peer.delete([':1:k']),
      () => peer.leases.end([':1:k', ':1:other']),
      () => peer.deleteMatching(':1:*'),
      () => peer.deleteAll(),
    ];
    for (const end of deletes) {
      await backend.leases.claim(':1:k', { token: 'mine', ms: MINUTE_MS });
      await end();
      assert.equal(await backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces: ABSENT }), false);
      assert.equal(await peer.get(':1:k'), null);
    }
  });

  it('that has run out is free for others; until one claims it, who had it may renew it and store', async (subject) => {
    const { backend, peer, passTime } = subject;
    const runOut = async (): Promise<void> => {
      await backend.leases.claim(':1:k', { token: 'mine', ms: 1 });
      await passTime(20);
    };
    await runOut();
    assert.equal(await backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces: ABSENT }), true);
    await peer.delete([':1:k']);
    await runOut();
    assert.equal(await backend.leases.renew(':1:k', 'mine', MINUTE_MS), true);
    assert.equal(typeof (await peer.leases.claim(':1:k', { token: 'theirs', ms: MINUTE_MS })).lease, 'number');
    await runOut();
    await until(subject, 'the lease is free', async () => {
      return (await peer.leases.claim(':1:k', { token: 'theirs', ms: MINUTE_MS })).lease === 'ours';
    });
    assert.equal(await backend.leases.renew(':1:k', 'mine', MINUTE_MS), false);
    assert.equal(await backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces: ABSENT }), false);
    assert.equal(await peer.leases.store(':1:k', 'theirs', { ...ENTRY, replaces: ABSENT }), true);
  });

  it('that is gone stands in no way where the entry to replace is still there, one that others have does', async (subject) => {
    const { backend, peer } = subject;
    const replaces = tokenOf(Buffer.from('old'));
    await backend.set(':1:k', 'old', MINUTE_MS, 'always');
    await peer.leases.claim(':1:k', { token: 'theirs', ms: MINUTE_MS });
    assert.equal(await backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces }), false);
    assert.equal(await textOf(peer, ':1:k'), 'old');
    await peer.leases.release(':1:k', 'theirs');
    assert.equal(await backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces }), true);
    assert.equal(await backend.leases.store(':1:none', 'mine', { ...ENTRY, replaces: ABSENT }), false);
    assert.equal(await peer.get(':1:none'), null);
  });

  it('wakes who listens when it is given back, by hand or with what was stored, and when it is ended', async (subject) => {
    const { backend, peer } = subject;
    noteLeases();
    let heard = 0;
    const unlisten = peer.leases.listen(':1:k', () => (heard += 1));
    const ends = [
      () => backend.leases.release(':1:k', 'mine'),
      () => backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces: ABSENT }),
      () => backend.leases.store(':1:k', 'mine', { ...ENTRY, replaces: ABSENT }),
      () => backend.leases.end([':1:k']),
      () => backend.delete([':1:k']),
    ];
    for (const end of ends) {
      const before = heard;
      // The first ones may come before anybody listens.
      await until(subject, `heard of ${String(end)}`, async () => {
        if (heard > before) return true;
        await backend.leases.claim(':1:k', { token: 'mine', ms: MINUTE_MS });
        await end();
        return false;
      });
    }
    unlisten();
  });
}
