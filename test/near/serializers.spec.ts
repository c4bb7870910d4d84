import { deserialize, serialize } from 'node:v8';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';

import { isNear, openNear, untilNear, type NearCaches } from './support/near-caches.js';

describe('the near tier before a serializer of the user', () => {
  let redis: LocalRedis;
  let at: NearCaches;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis.stop());
  afterEach(() => at.caches.close());

  it.each([10, 10_000])('gives each caller a copy where the value is the stored bytes themselves: %d bytes', async (size) => {
    const asIs = { dumps: (value: unknown) => value as Buffer, loads: (bytes: Buffer) => bytes };
    at = openNear(redis.url(), { SERIALIZER: asIs });
    await at.cache.set('k', Buffer.alloc(size, 1));
    await untilNear(at, 'k', (value) => (value as Buffer).fill(2));
    const read = (): Promise<Buffer | null | undefined> => at.cache.get<Buffer>('k');
    expect(await isNear(at, async () => expect((await read())!.equals(Buffer.alloc(size, 1))).toBe(true))).toBe(true);
  });

  it('gives the default for a value that is undefined, as without a near tier', async () => {
    at = openNear(redis.url(), { SERIALIZER: { dumps: serialize, loads: deserialize } });
    await at.cache.set('u', undefined);
    await untilNear(at, 'u');
    expect(await isNear(at, async () => expect(await at.cache.get('u', { default: 'none' })).toBe('none'))).toBe(true);
  });
});
