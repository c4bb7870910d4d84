import { Injectable } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheEvict, CachePut } from 'nestjs-sentinel-cache';
import { closeAll, run, runs, startDecorated } from './support/decorated-app.js';

beforeEach(() => runs.clear());
afterEach(closeAll);

describe('a decorated method in an outage', () => {
  @Injectable()
  class Orders {
    @Cached('15m', { key: 'order' }) async find(): Promise<number> {
      return run('find');
    }
    @CachePut({ key: 'order' }) async save(): Promise<string> {
      return 'saved';
    }
    @CacheEvict({ key: 'order' }) async remove(): Promise<string> {
      return 'removed';
    }
  }
  const LOCATION = 'redis://127.0.0.1:1/0';

  it.each([
    ['rejects as getOrSet does, and put and evict succeed as the method did', false],
    ['is the method with IGNORE_EXCEPTIONS', true],
  ])('%s', async (_, ignores) => {
    const OPTIONS = { deadline: '500ms', IGNORE_EXCEPTIONS: ignores };
    const { app } = await startDecorated({
      settings: { CACHES: { default: { BACKEND: 'redis', LOCATION, OPTIONS } } },
      providers: [Orders],
    });
    const orders = app.get(Orders);
    const found = await orders.find().catch((error: { code: string }) => error.code);
    expect(found).toBe(ignores ? 1 : 'SENTINEL_CACHE_UNAVAILABLE');
    expect([await orders.save(), await orders.remove()]).toEqual(['saved', 'removed']);
  });
});
