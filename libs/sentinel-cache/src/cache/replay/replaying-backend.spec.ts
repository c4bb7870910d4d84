import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { MemoryStore } from '../../backends/memory/memory-store.js';
import { MemoryBackend } from '../../backends/memory/memory.backend.js';
import type { Backend } from '../../backends/port/backend.js';
import { ABSENT, tokenOf } from '../../backends/port/entry-token.js';
import { surroundBackend } from '../../backends/port/surround-backend.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { replayingBackend } from './replaying-backend.js';

const OLD = tokenOf(Buffer.from('7'));
const SADD = { kind: 'write', name: 'SADD', args: ['k', 'm'], keys: ['k'], reply: undefined as never } as const;

let isAway: boolean;
let structures: Record<string, string>;
let ended: Record<string, number>;
let backend: Backend;
let close: () => void;
beforeEach(async () => {
  jest.useFakeTimers();
  isAway = false;
  ended = {};
  structures = {};
  const memory = new MemoryBackend(new MemoryStore({ maxEntries: 100, cullFrequency: 3, clock: new FakeClock() }), 'a');
  const inner: Backend = Object.assign(Object.create(memory) as MemoryBackend, {
    structures: { ...memory.structures, run: async () => void (structures['k'] = 'm') },
    command: async (name: string) => (name === 'GET' ? null : void (structures['k'] = 'm')),
    // As several servers would, of which one is away.
    setMany: async (...[entries, lifetime, options]: Parameters<Backend['setMany']>) => {
      if (!options?.tolerates?.(new CacheUnavailableError('no-primary', false, 'a part is away', { alias: 'a' })))
        await memory.setMany(entries, lifetime);
    },
  });
  const outage = surroundBackend(inner, {
    isActive: () => isAway,
    run: () => Promise.reject(new CacheUnavailableError('no-primary', false, 'away', { alias: 'a' })),
  });
  ({ backend, close } = replayingBackend(outage, (outcome, count) => void (ended[outcome] = (ended[outcome] ?? 0) + count)));
  await backend.set('k', '7', 60_000, 'always');
});
afterEach(() => {
  close();
  jest.useRealTimers();
});

/** An outage in which a deletion of `k` is kept. */
async function missDeletion(): Promise<void> {
  isAway = true;
  await backend.delete(['k'], { replays: true }).catch(() => undefined);
  isAway = false;
}

describe('a deletion that an outage held up', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['set', () => backend.set('k', 'new', 60_000, 'always')],
    ['setMany', () => backend.setMany(Object.entries({ j: '1', k: 'new' }), 60_000)],
    ['increment', () => backend.increment('k', 1n)],
    ['compareAndSet', () => backend.compareAndSet('k', OLD, 'new', 60_000)],
    ['move', async () => (await backend.set('j', 'new', 60_000, 'always'), backend.move('j', 'k'))],
    [
      'store of a lease',
      async () => {
        await backend.leases.claim('k', { token: 't', ms: 1000 });
        return backend.leases.store('k', 't', { replaces: OLD, bytes: 'new', lifetime: 60_000 });
      },
    ],
    ['a command on a set', () => backend.structures.run(SADD)],
    ['any command', () => backend.command('LPUSH', ['k', 'm'])],
  ])('is dropped when this process wrote the key since: %s', async (_name, write) => {
    await missDeletion();
    await write();
    await jest.advanceTimersByTimeAsync(5000);
    expect([ended, await backend.has('k')]).toEqual([{ superseded: 1 }, true]);
  });

  it('is dropped when this process took the lock of that name since', async () => {
    await backend.delete(['k']);
    await missDeletion();
    expect(await backend.locks.claim('k', 'mine', 60_000)).toBe(true);
    await jest.advanceTimersByTimeAsync(5000);
    expect([ended, await backend.locks.holds('k', 'mine')]).toEqual([{ superseded: 1 }, true]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a new life', () => backend.touch('k', 'forever')],
    ['the end of its life', () => backend.expireAt('k', 1e15)],
    ['an add that found it there', () => backend.set('k', 'new', 60_000, 'nx')],
    ['a compare-and-set that did not', () => backend.compareAndSet('k', ABSENT, 'new', 60_000)],
    ['a command that found nothing', () => backend.command('GET', ['k'])],
    ['commands that read it', async () => (await backend.command('TTL', ['k']), backend.command('strlen', ['k']))],
    ['a command that gives it a new life', () => backend.command('EXPIRE', ['k', 100])],
    ['a setMany of which a part failed unheard', () => backend.setMany([['k', 'new']], 60_000, { tolerates: () => true })],
    ['a write of another key', () => backend.set('j', 'new', 60_000, 'always')],
    ['a read', () => backend.get('k')],
  ])('is sent after all when nothing new is there: %s', async (_name, call) => {
    await missDeletion();
    await call();
    await jest.advanceTimersByTimeAsync(5000);
    expect([ended, await backend.has('k')]).toEqual([{ replayed: 1 }, false]);
  });
});
