import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { Logger } from '@nestjs/common';

import { PageCache } from '../http/page-cache.js';
import { resolvePages } from '../http/read-page-options.js';
import { UnkeyedReads, type UnkeyedRead } from '../http/watch/unkeyed-reads.js';
import type { WatchedRequests } from '../http/watch/watched-request.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import type { SentinelCacheModuleOptions } from './boot/sentinel-cache-module-options.js';

/** Creates the pages of an application. */
export function createNestPages(
  settings: ResolvedSettings,
  caches: SentinelCaches,
  { pages, clock = SYSTEM_CLOCK }: SentinelCacheModuleOptions,
  watched: WatchedRequests,
  waitsMs: number,
): PageCache {
  const config = resolvePages(pages, settings.pages);
  const logger = new Logger('SentinelPages');
  const unkeyed = new UnkeyedReads(watched, config, (read) => logger.warn(wordsOf(read)));
  const onLostEviction = (alias: string, error: unknown): void =>
    logger.warn(`Cache '${alias}' did not drop pages, and is asked again until it does: ${(error as Error).message}`);
  return new PageCache(caches, config, { clock, waitsMs, unkeyed, onLostEviction });
}

function wordsOf({ kind, name, site, route }: UnkeyedRead): string {
  const what = name === '*' ? 'lists all headers of a request' : `reads the ${kind} '${name}'`;
  const remedy =
    kind === 'cookie'
      ? 'Say @VaryOnCookie(), or do not read it'
      : name === '*'
        ? 'Read those by name that count, and say @VaryOn for them'
        : `Say @VaryOn('${name}'), take it by @Headers('${name}'), or do not read it`;
  return `${route} is cached, and ${site} ${what}, which no key covers: who sends it first chooses the page for all. ${remedy}.`;
}
