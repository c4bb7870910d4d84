import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';

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
export class Pages implements OnApplicationShutdown {
  /** @internal */
  constructor(@Inject(PAGE_CACHE) private readonly cache: PageCache) {}

  /**
   * Drops pages by tag or path, in every process and with all variants. Resolves once none of them is
   * served any more, nor stored by a handler that runs right now. An outage never rejects: the eviction is
   * counted, and tried again until the cache takes it.
   */
  async evict(what: PageEviction): Promise<void> {
    await this.cache.evict(what);
  }

  /** Called by Nest when it shuts down. */
  onApplicationShutdown(): void {
    this.cache.close();
  }
}
