import type { LocalSentinel } from 'local-sentinel';
import {
  createCaches,
  type CacheEvent,
  type DjangoSettings,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';

import { pastedSettings } from '../../failover/sentinel-fixture.js';

/** A line of the log, and when it came (`performance.now()`). */
export type LogLine = CacheEvent & { readonly atMs: number };

/** The caches of one process, and all that its log said. */
export interface Client {
  readonly caches: SentinelCaches;
  readonly cache: SentinelCache;
  readonly log: readonly LogLine[];
  /** The log's lines without their levels. */
  lines(): string[];
  /** Lines that say that our connection is on another primary now. */
  moves(): LogLine[];
}

/** What differs from the pasted dict. */
export interface ClientOptions {
  /** Keys of OPTIONS. */
  readonly options?: Record<string, unknown>;
  /** Instead of all sentinels of the topology. */
  readonly location?: string;
  /** Keys beside OPTIONS, e.g. KEY_PREFIX. */
  readonly settings?: Record<string, unknown>;
}

/** Opens clients and closes them all: call `closeAll` in afterEach. */
export class Clients {
  private readonly opened: SentinelCaches[] = [];

  /** Nothing is connected yet. */
  open(topology: LocalSentinel, { options = {}, location, settings = {} }: ClientOptions = {}): Client {
    const { CACHES } = pastedSettings(topology, { deadline: '500ms', ...options });
    const cache = { ...CACHES.default, ...(location === undefined ? {} : { LOCATION: location }), ...settings };
    return this.openSettings({ CACHES: { default: cache } } as DjangoSettings);
  }

  /** The connection stands when it returns. */
  async connect(topology: LocalSentinel, options: ClientOptions = {}): Promise<Client> {
    const client = this.open(topology, options);
    await client.cache.set('warm', 1);
    return client;
  }

  /** With settings of one's own; the cache is `default`. */
  openSettings(settings: DjangoSettings): Client {
    const log: LogLine[] = [];
    const caches = createCaches(settings, { onEvent: (event) => log.push({ ...event, atMs: performance.now() }) });
    this.opened.push(caches);
    return {
      caches,
      cache: caches.get(),
      log,
      lines: () => log.map(({ message }) => message),
      moves: () => log.filter(({ message }) => message.includes('the primary is now')),
    };
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((caches) => caches.close()));
  }
}
