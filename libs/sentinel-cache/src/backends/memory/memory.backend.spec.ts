import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SYSTEM_CLOCK } from '../../time/clock.js';
import { describeBackend } from '../../testing/backend-conformance.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryStore } from './memory-store.js';
import { MemoryBackend } from './memory.backend.js';

const runner = { describe, it, beforeAll, afterAll };

describeBackend(runner, 'MemoryBackend', async () => {
  const clock = new FakeClock();
  // An odd fraction: no sum of times may show it.
  clock.advance(1234.567);
  const store = new MemoryStore({ maxEntries: 10_000, cullFrequency: 3, clock });
  return {
    backend: new MemoryBackend(store, 'default'),
    peer: new MemoryBackend(store, 'other'),
    passTime: async (ms) => clock.advance(ms),
    wallMs: () => clock.wallMs(),
    close: async () => {},
  };
});

function setUp(maxEntries: number, cullFrequency: number) {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxEntries, cullFrequency, clock });
  const backend = new MemoryBackend(store, 'default');
  const fill = async (...keys: string[]) => {
    for (const key of keys) await backend.set(key, key, 60_000, 'always');
  };
  const survivors = async (keys: string[]) =>
    (await Promise.all(keys.map((key) => backend.has(key)))).flatMap((is, at) => (is ? [keys[at]] : []));
  return { clock, store, backend, fill, survivors };
}

describe('MemoryBackend', () => {
  it('never reads late', () => {
    expect(setUp(10, 3).backend.readsMayLag).toBe(false);
  });

  it('lives exactly as long as it was told', async () => {
    const { backend, clock } = setUp(10, 3);
    await backend.set('a', 'A', 1000, 'always');
    clock.advance(999);
    expect(await backend.remaining('a')).toBe(1);
    clock.advance(1);
    expect(await backend.remaining('a')).toBe('missing');
  });

  it('ends no life when the wall clock jumps', async () => {
    const { backend, clock } = setUp(10, 3);
    await backend.set('a', 'A', 1000, 'always');
    clock.setWall(clock.wallMs() + 86_400_000);
    expect(await backend.remaining('a')).toBe(1000);
    clock.setWall(0);
    clock.advance(1000);
    expect(await backend.has('a')).toBe(false);
  });

  it('tells whole milliseconds by the clock of the machine', async () => {
    const backend = new MemoryBackend(new MemoryStore({ maxEntries: 10, cullFrequency: 3, clock: SYSTEM_CLOCK }), 'default');
    for (let lifetime = 60_000; lifetime < 60_100; lifetime += 1) {
      await backend.set('a', 'A', lifetime, 'always');
      const life = (await backend.getWithLife('a'))?.life as number;
      expect(Number.isInteger(life) && life <= lifetime).toBe(true);
    }
  });

  it('copies the bytes before the call returns', async () => {
    const { backend } = setUp(10, 3);
    const bytes = Buffer.from('stored');
    const stored = backend.set('a', bytes, 1000, 'always');
    bytes.fill('x');
    await stored;
    expect(String(await backend.get('a'))).toBe('stored');
  });

  it('matches the hardest pattern in no time', async () => {
    const { backend } = setUp(10, 3);
    await backend.set('a'.repeat(20_000), '', 'forever', 'always');
    expect(await backend.deleteMatching(`${'*a'.repeat(40)}*b`)).toBe(0);
  });

  it('has no Redis to send commands to, and says so', async () => {
    await expect(setUp(10, 3).backend.command('object', [])).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_REJECTED',
      redisCode: 'NOTSUPPORTED',
      executed: false,
      alias: 'default',
      message: expect.stringContaining('OBJECT'),
    });
  });

  it('names its alias when it refuses', async () => {
    const { backend } = setUp(10, 3);
    await backend.set('a', 'word', 1000, 'always');
    await expect(backend.increment('a', 1n)).rejects.toMatchObject({ alias: 'default' });
    await expect(backend.deleteMatching('*', { signal: AbortSignal.abort() })).rejects.toMatchObject({ alias: 'default' });
  });
});

describe('MemoryStore', () => {
  const SIX = ['a', 'b', 'c', 'd', 'e', 'f'];

  it('C-2: gives up a third of its entries, the least recently used first, when a seventh key comes to six', async () => {
    const { fill, survivors } = setUp(6, 3);
    await fill(...SIX, 'g');
    expect(await survivors([...SIX, 'g'])).toEqual(['c', 'd', 'e', 'f', 'g']);
  });

  it.each<[string, (backend: MemoryBackend) => Promise<unknown>]>([
    ['get', (backend) => backend.get('a')],
    ['getMany', (backend) => backend.getMany(['a'])],
    ['getWithLife', (backend) => backend.getWithLife('a')],
    ['getWithToken', (backend) => backend.getWithToken('a')],
    ['set', (backend) => backend.set('a', '1', 60_000, 'xx')],
  ])('C-2: counts %s as a use', async (_, use) => {
    const { backend, fill, survivors } = setUp(6, 3);
    await fill(...SIX);
    await use(backend);
    await fill('g');
    expect(await survivors([...SIX, 'g'])).toEqual(['a', 'd', 'e', 'f', 'g']);
  });

  it('C-2: counts increment as a use', async () => {
    const { backend, fill, survivors } = setUp(6, 3);
    await backend.set('a', '1', 60_000, 'always');
    await fill(...SIX.slice(1));
    await backend.increment('a', 1n);
    await fill('g');
    expect(await survivors([...SIX, 'g'])).toEqual(['a', 'd', 'e', 'f', 'g']);
  });

  it('C-2: counts neither has, touch nor remaining as a use', async () => {
    const { backend, fill, survivors } = setUp(6, 3);
    await fill(...SIX);
    await backend.has('a');
    await backend.touch('a', 'forever');
    await backend.remaining('a');
    await fill('g');
    expect(await survivors(['a', 'b', 'c'])).toEqual(['c']);
  });

  it('gives up nothing for a key it has already', async () => {
    const { backend, fill, survivors } = setUp(6, 3);
    await fill(...SIX, ...SIX);
    await backend.increment('a', 1n).catch(() => undefined);
    expect(await survivors(SIX)).toEqual(SIX);
  });

  it('C-2: gives up everything for a new key with a cull frequency of 0', async () => {
    const { fill, survivors } = setUp(6, 0);
    await fill(...SIX, 'g');
    expect(await survivors([...SIX, 'g'])).toEqual(['g']);
  });

  it.each([1, 3, 100])('never holds more than its bound, with a cull frequency of %p', async (cullFrequency) => {
    const { store, fill, backend } = setUp(6, cullFrequency);
    for (let index = 0; index < 50; index += 1) {
      await fill(`key ${index}`);
      expect(store.size).toBeLessThanOrEqual(6);
    }
    await backend.setMany(
      Array.from({ length: 20 }, (_, index) => [`many ${index}`, '']),
      'forever',
    );
    expect(store.size).toBeLessThanOrEqual(6);
    expect(await backend.has('many 19')).toBe(true);
  });

  it('gives up expired entries before living ones', async () => {
    const { backend, clock, fill, survivors } = setUp(6, 3);
    await fill('a', 'b', 'c', 'd');
    await backend.setMany(
      [
        ['e', ''],
        ['f', ''],
      ],
      10,
    );
    clock.advance(10);
    await fill('g');
    expect(await survivors([...SIX, 'g'])).toEqual(['a', 'b', 'c', 'd', 'g']);
  });

  it('gives up used entries only as far as the expired ones do not suffice', async () => {
    const { backend, clock, fill, survivors } = setUp(6, 2);
    await fill('a', 'b', 'c', 'd', 'e');
    await backend.set('f', '', 10, 'always');
    clock.advance(10);
    await fill('g');
    expect(await survivors([...SIX, 'g'])).toEqual(['c', 'd', 'e', 'g']);
  });

  it('does not grow with entries that nobody asks for again', async () => {
    const { backend, clock, store } = setUp(1_000_000, 3);
    await backend.setMany(
      Array.from({ length: 700 }, (_, index) => [`living:${index}`, '']),
      'forever',
    );
    for (let round = 0; round < 20; round += 1) {
      await backend.setMany(
        Array.from({ length: 500 }, (_, index) => [`${round}:${index}`, '']),
        10,
      );
      clock.advance(10);
      expect(store.size).toBeLessThanOrEqual(2 * (700 + 500));
    }
  });

  it('lists the keys of living entries only', async () => {
    const { backend, clock, fill, store } = setUp(10, 3);
    await fill('a');
    await backend.set('b', '', 'forever', 'always');
    expect(store.keys()).toEqual(['a', 'b']);
    clock.advance(60_000);
    expect(store.keys()).toEqual(['b']);
  });

  it('lets go of an expired entry as soon as it is met', async () => {
    const { backend, clock, fill, store } = setUp(10, 3);
    await fill('a', 'b');
    clock.advance(60_000);
    expect(store.size).toBe(2);
    await backend.get('a');
    expect(store.size).toBe(1);
    await backend.has('b');
    expect(store.size).toBe(0);
  });
});
