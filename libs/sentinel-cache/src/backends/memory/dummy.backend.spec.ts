import { describe, expect, it } from '@jest/globals';
import type { Backend } from '../port/backend.js';
import { DummyBackend } from './dummy.backend.js';

describe('DummyBackend', () => {
  const backend: Backend = new DummyBackend('default');

  it('accepts every write, and has nothing afterwards', async () => {
    expect(await backend.set('a', 'A', 'forever', 'always')).toBe(true);
    expect(await backend.set('a', 'A', 'forever', 'nx')).toBe(true);
    expect(await backend.set('a', 'A', 'forever', 'nx')).toBe(true);
    await backend.setMany([['a', 'A']], 'forever');
    expect(await backend.get('a')).toBeNull();
    expect(await backend.getMany(['a', 'b', 'a'])).toEqual([null, null, null]);
    expect(await backend.getMany([])).toEqual([]);
    expect(await backend.getWithLife('a')).toBeNull();
    expect(await backend.has('a')).toBe(false);
    expect(await backend.remaining('a')).toBe('missing');
  });

  it('finds nothing to touch, count or delete', async () => {
    expect(await backend.touch('a', 1000)).toBe(false);
    expect(await backend.touch('a', 'forever')).toBe(false);
    expect(await backend.expireAt('a', Date.now() + 1000)).toBe(false);
    expect(await backend.increment('a', 1n)).toBeNull();
    expect(await backend.move('a', 'b')).toBe(false);
    for await (const batch of backend.scan('*')) throw new Error(`found ${batch.length}`);
    expect(await backend.delete(['a'])).toBe(0);
    expect(await backend.deleteMatching('*')).toBe(0);
    expect(await backend.deleteAll()).toBeUndefined();
  });

  it('ends the first try of whoever stores until nobody else was faster', async () => {
    const { bytes, token } = await backend.getWithToken('a');
    expect(bytes).toBeNull();
    expect(await backend.compareAndSet('a', token, 'A', 1000)).toBe(true);
    expect(await backend.compareAndSet('a', token, 'A', 'already-expired')).toBe(true);
  });

  it('never reads late', () => {
    expect(backend.readsMayLag).toBe(false);
  });

  it('has no Redis to send commands to, and says so', async () => {
    await expect(backend.command('object', [])).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_REJECTED',
      redisCode: 'NOTSUPPORTED',
      executed: false,
      alias: 'default',
      message: expect.stringContaining('OBJECT'),
    });
  });
});
