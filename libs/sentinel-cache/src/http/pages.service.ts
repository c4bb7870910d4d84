import { Inject, Injectable } from '@nestjs/common';

import type { PageCache } from './page-cache.js';
import { PAGE_CACHE } from './page-cache.tokens.js';
import type { PageEviction } from './page-options.js';

/**
 * The pages of the application, for code that changes what they show.
 *
 * @example
 * ```ts
 * constructor(private readonly pages: Pages) {}
 *
 * async rename(id: number, name: string) {
 *   await this.products.rename(id, name);
 *   await this.pages.evict({ tags: 'catalogue' });
 * }
 * ```
 */
@Injectable()
export class Pages {
  /** @internal */
  constructor(@Inject(PAGE_CACHE) private readonly cache: PageCache) {}

  /**
   * Drops pages by tag or path, with all variants. Resolves once this process, and all that ask Redis, find
   * none of them any more, and none is stored by a handler that runs right now: what such a handler makes
   * goes to those alone who have asked for it before. A process with OPTIONS.nearCache hears of it from
   * Redis, 1.5 seconds later at most.
   *
   * Waits 50 ms at most. When Redis has not taken it by then, or refuses it, it resolves all the same: this
   * process serves none of these pages, others still do until Redis takes it, which it is asked to do every
   * second. Rejects with InvalidArgumentError for anything but tags and paths, never for an outage.
   */
  async evict(what: PageEviction): Promise<void> {
    await this.cache.evict(what);
  }
}
