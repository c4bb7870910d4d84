import type { LocalRedis } from 'local-sentinel';

import { until } from '../../cache/support/waiting.js';

/** What Redis holds of pages, and of what their addresses vary on. */
export class StoredPages {
  /** `redis`: asked at each call, since tests start it after this is made. */
  constructor(private readonly redis: () => LocalRedis) {}

  /** Whole keys that match a pattern, sorted; generations of tags are not among them. */
  async keys(pattern = '*'): Promise<string[]> {
    const all = (await this.redis().command('KEYS', pattern)) as string[];
    return all.filter((key) => /:(?:page|vary)\./.test(key)).toSorted();
  }

  /** A page is stored after its response has left: waits until there are as many keys. */
  async untilStored(count = 1, pattern = '*'): Promise<void> {
    await until(`${count} are stored`, async () => (await this.keys(pattern)).length === count);
  }

  /** Milliseconds, as PTTL says. */
  async lifeOf(key: string): Promise<number> {
    return Number(await this.redis().command('PTTL', key));
  }
}
