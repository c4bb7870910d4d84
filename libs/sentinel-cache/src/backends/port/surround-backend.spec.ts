import { describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryStore } from '../memory/memory-store.js';
import { MemoryBackend } from '../memory/memory.backend.js';
import type { Backend, LivingEntry } from './backend.js';
import { ABSENT } from './entry-token.js';
import { surroundBackend, type BackendCall } from './surround-backend.js';

/** The entries before each call: all but the last. */
const KEYS = ['a', 'b', 'n', 'lock', 'gone'] as const;

interface Setup {
  readonly calls: BackendCall[];
  readonly backend: Backend;
  readonly inner: MemoryBackend;
}

async function build(): Promise<Setup> {
  const inner = new MemoryBackend(new MemoryStore({ maxEntries: 100, cullFrequency: 3, clock: new FakeClock() }), 'default');
  for (const [key, bytes] of Object.entries({ a: 'A', b: 'B', n: '7', lock: 'token' }))
    await inner.set(key, bytes, 60_000, 'always');
  const calls: BackendCall[] = [];
  const backend = surroundBackend(inner, {
    isActive: () => true,
    run: (call, make) => {
      calls.push(call);
      return make();
    },
  });
  return { calls, backend, inner };
}

type Call = (backend: Backend) => Promise<unknown>;
type Method<Store> = Extract<
  keyof { [K in keyof Store as Store[K] extends (...args: never[]) => unknown ? K : never]: true },
  string
>;
const CHANGED = 'changed';

/**
 * A call of each method of the port; with `changed` behind it, one that changes something. Without a row for
 * each method this does not compile.
 */
const CALLS: Readonly<Record<Exclude<Method<Backend>, 'refused' | 'scan'>, readonly [Call, typeof CHANGED?]>> = {
  get: [(backend) => backend.get('a')],
  getMany: [(backend) => backend.getMany(['a', 'gone'])],
  getWithLife: [(backend) => backend.getWithLife('a')],
  getManyWithLife: [(backend) => backend.getManyWithLife(['a'])],
  getWithToken: [(backend) => backend.getWithToken('a')],
  has: [(backend) => backend.has('a')],
  remaining: [(backend) => backend.remaining('a')],
  set: [(backend) => backend.set('a', 'new', 'forever', 'always'), CHANGED],
  setMany: [(backend) => backend.setMany(Object.entries({ a: '1', gone: '2' }), 'forever'), CHANGED],
  delete: [(backend) => backend.delete(['a', 'gone', 'b']), CHANGED],
  touch: [(backend) => backend.touch('a', 'forever'), CHANGED],
  expireAt: [(backend) => backend.expireAt('a', 0), CHANGED],
  increment: [(backend) => backend.increment('n', 1n), CHANGED],
  move: [(backend) => backend.move('a', 'b'), CHANGED],
  compareAndSet: [(backend) => backend.compareAndSet('gone', ABSENT, 'new', 'forever'), CHANGED],
  deleteMatching: [(backend) => backend.deleteMatching('*'), CHANGED],
  deleteAll: [(backend) => backend.deleteAll(), CHANGED],
  // What a cache in memory refuses: see below.
  command: [(backend) => backend.command('SET', ['a', 'new']).catch(() => undefined)],
};
const LOCK_CALLS: Readonly<Record<Method<Backend['locks']>, readonly [Call, typeof CHANGED?]>> = {
  holds: [({ locks }) => locks.holds('lock', 'token')],
  isTaken: [({ locks }) => locks.isTaken('lock')],
  claim: [({ locks }) => locks.claim('gone', 'mine', 1000), CHANGED],
  renew: [({ locks }) => locks.renew('lock', 'token', 1000, 'replace'), CHANGED],
  drop: [({ locks }) => locks.drop('lock', 'token'), CHANGED],
};
const LEASE_CALLS: Readonly<Record<Exclude<Method<Backend['leases']>, 'listen'>, readonly [Call, typeof CHANGED?]>> = {
  claim: [({ leases }) => leases.claim('gone', { token: 't', ms: 1000 })],
  renew: [({ leases }) => leases.renew('gone', 't', 1000)],
  release: [({ leases }) => leases.release('gone', 't')],
  end: [({ leases }) => leases.end(['gone'])],
  store: [
    async ({ leases }) => {
      await leases.claim('gone', { token: 't', ms: 1000 });
      return leases.store('gone', 't', { replaces: ABSENT, bytes: 'new', lifetime: 1000 });
    },
    CHANGED,
  ],
};
const ALL = [CALLS, LOCK_CALLS, LEASE_CALLS].flatMap((rows) => Object.entries(rows));

describe('what a call of a backend changes', () => {
  it.each(ALL)('%s: no other entry than it says', async (_name, [call, changed]) => {
    const { backend, calls, inner } = await build();
    const before = await inner.getManyWithLife(KEYS);
    await call(backend);
    const after = await inner.getManyWithLife(KEYS);
    const different = KEYS.filter((_key, i) => textOf(before[i]!) !== textOf(after[i]!));
    expect(different.length > 0).toBe(changed === CHANGED);
    const { keys = [], livesOnly = false } = calls.at(-1)!.changes ?? {};
    expect(different.filter((key) => keys !== 'any' && !keys.includes(key))).toEqual([]);
    const bytesOf = (entries: (LivingEntry | null)[]): unknown[] => entries.map((entry, i) => entry && after[i] && entry.bytes);
    if (livesOnly) expect(bytesOf(after)).toEqual(bytesOf(before));
  });

  it.each<[BackendCall['changes'], string, string[]]>([
    [{ keys: ['a', '5', 'b'] }, 'LSET', ['a', '5', 'b']],
    [{ keys: ['a'], livesOnly: true }, 'ttl', ['a']],
    [{ keys: 'any' }, 'eval', ['return 1', '0']],
    [{ keys: 'any' }, 'FLUSHDB', []],
  ])('of a command %j', async (changes, name, args) => {
    const { backend, calls } = await build();
    await backend.command(name, args).catch(() => undefined);
    expect(calls[0]!.changes).toEqual(changes);
  });

  it('of a set, a hash or a sorted set: what a writing command names', async () => {
    const { backend, calls } = await build();
    for (const kind of ['read', 'write'] as const)
      await backend.structures
        .run({ kind, name: 'X', args: ['s'], keys: ['s'], reply: undefined as never })
        .catch(() => undefined);
    expect(calls.map(({ changes }) => changes)).toEqual([undefined, { keys: ['s'] }]);
  });

  it('of tags: the entries with one of them', async () => {
    const { inner } = await build();
    const calls: BackendCall[] = [];
    const tags = { stamp: async () => ({ generations: new Map(), lifetime: 0 }), invalidate: async () => undefined };
    const tagged = Object.assign(Object.create(inner) as MemoryBackend, { tags });
    const backend = surroundBackend(tagged, { isActive: () => true, run: (call, make) => (calls.push(call), make()) });
    await backend.tags!.stamp(['t'], 1000);
    await backend.tags!.invalidate(['t', 'u']);
    expect(calls.map(({ changes }) => changes)).toEqual([undefined, { keys: [], tags: ['t', 'u'] }]);
  });
});

function textOf(entry: LivingEntry | null): string {
  return JSON.stringify(entry && [entry.bytes.toString(), entry.life]);
}
