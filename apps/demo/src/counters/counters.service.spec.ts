import { expect, it } from '@jest/globals';
import { createCaches } from 'nestjs-sentinel-cache';

import { CountersService } from './counters.service.js';

it('does not reset a counter that another caller made between its own look and its own add', async () => {
  const caches = createCaches({ CACHES: { default: { BACKEND: 'locmem' } } });
  const cache = caches.get('default');
  const faster = new CountersService(cache);
  const late = Object.create(cache) as typeof cache;
  let overtaken = false;
  late.incr = async (key: string) => {
    try {
      return await cache.incr(key);
    } catch (error) {
      if (!overtaken) expect(await faster.next('n')).toBe(1);
      overtaken = true;
      throw error;
    }
  };
  expect(await new CountersService(late).next('n')).toBe(2);
  expect(overtaken).toBe(true);
  await caches.close();
});
