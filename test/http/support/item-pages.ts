import { Controller, Get, Param, Put, UseInterceptors } from '@nestjs/common';
import { CachePage, PageCacheInterceptor, type CacheSetting } from 'nestjs-sentinel-cache';

import { startPageApp, type PageApp } from './page-app.js';

export const HIT = 'sentinel-cache; hit';
/** Pages are found by the host that was asked for. */
export const ASKED = { headers: { host: 'shop.example' } };

let runs = 0;

/** Each run of the handler answers a larger `run`. */
@Controller()
@UseInterceptors(PageCacheInterceptor)
class Items {
  @Get('items/:id') @CachePage('15m', { tags: ['items'] }) item(@Param('id') id: string) {
    return { id, run: (runs += 1) };
  }
  @Put('items/:id') change(@Param('id') id: string) {
    return { id };
  }
}

/** Two applications with pages of items over one cache, as two processes would be. */
export async function startItemPages(cache: CacheSetting): Promise<{ readonly pages: PageApp; readonly others: PageApp }> {
  const start = (): Promise<PageApp> =>
    startPageApp({ platform: 'Express', settings: { CACHES: { default: cache } }, controllers: [Items] });
  const [pages, others] = await Promise.all([start(), start()]);
  return { pages, others };
}
