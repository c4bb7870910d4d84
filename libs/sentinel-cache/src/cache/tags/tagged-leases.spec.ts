import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { MemoryStore } from '../../backends/memory/memory-store.js';
import { MemoryBackend } from '../../backends/memory/memory.backend.js';
import { ABSENT } from '../../backends/port/entry-token.js';
import { describeBackend } from '../../testing/backend-conformance.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { TaggedBackend } from './tagged.backend.js';
import { TaggedLeases } from './tagged-leases.js';

const OPTIONS = { alias: 'default', keyPrefix: '', callDeadlineMs: undefined };

function build() {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxEntries: 20_000, cullFrequency: 3, clock });
  const [inner, peer] = [new MemoryBackend(store, 'default'), new MemoryBackend(store, 'other')];
  return { clock, inner, backend: new TaggedBackend(inner, OPTIONS), peer: new TaggedBackend(peer, OPTIONS) };
}

describeBackend({ describe, it, beforeAll, afterAll }, 'TaggedBackend', async () => {
  const { clock, backend, peer } = build();
  return { backend, peer, passTime: async (ms) => clock.advance(ms), wallMs: () => clock.wallMs(), close: async () => {} };
});

describe('leases of a cache with tags', () => {
  const request = { token: 'mine', ms: 60_000 };
  const tags = ['x'];

  it('find no entry of an invalidated tag', async () => {
    const { backend, peer } = build();
    await backend.set('k', 'old', 60_000, 'always', { tags });
    expect((await backend.leases.claim('k', { ...request, unlessLivesMs: 0 })).lease).toBe('needless');
    await peer.tags.invalidate(tags);
    expect(await backend.leases.claim('k', { ...request, unlessLivesMs: 0 })).toEqual({ entry: null, lease: 'ours' });
    const stored = await backend.leases.store('k', 'mine', { replaces: ABSENT, bytes: 'new', lifetime: 60_000 }, { tags });
    expect([stored, String(await peer.get('k'))]).toEqual([true, 'new']);
    await peer.tags.invalidate(tags);
    expect(await peer.get('k')).toBeNull();
  });

  it('that an entry makes needless are given back: nobody waits for them', async () => {
    const { backend, peer } = build();
    await backend.set('k', 'old', 60_000, 'always', { tags });
    expect((await backend.leases.claim('k', { ...request, unlessLivesMs: 0 })).lease).toBe('needless');
    expect((await peer.leases.claim('k', { token: 'theirs', ms: 60_000 })).lease).toBe('ours');
  });

  it('look for the entry on the primary: a replica may not know yet what was written', async () => {
    const { inner, backend } = build();
    const asked: (boolean | undefined)[] = [];
    const entries: TaggedBackend = Object.assign(Object.create(backend) as TaggedBackend, {
      getWithLife: (...[key, options]: Parameters<TaggedBackend['getWithLife']>) => {
        asked.push(options?.fresh);
        return backend.getWithLife(key, options);
      },
    });
    await new TaggedLeases(entries, inner.leases).claim('k', request);
    expect(asked).toEqual([true]);
  });

  it('a delete between the steps of a store is noticed: what was stored is taken away again', async () => {
    const { inner, backend } = build();
    const entries: TaggedBackend = Object.assign(Object.create(backend) as TaggedBackend, {
      compareAndSet: async (...call: Parameters<TaggedBackend['compareAndSet']>) => {
        const stored = await backend.compareAndSet(...call);
        await inner.leases.end(['k']);
        return stored;
      },
    });
    const leases = new TaggedLeases(entries, inner.leases);
    await leases.claim('k', request);
    const stored = await leases.store('k', 'mine', { replaces: ABSENT, bytes: 'of older facts', lifetime: 60_000 });
    expect([stored, await backend.get('k')]).toEqual([false, null]);
  });
});
