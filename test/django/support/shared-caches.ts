import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { createCaches, type DjangoSettings, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { DjangoConsole } from './django-console.js';
import { installDjango } from './install-django.js';

/** A cache that both sides have: its alias, and what its OPTIONS have beside those of README.md. */
export interface SharedCache {
  readonly alias: string;
  /** Keys beside OPTIONS, BACKEND and LOCATION included where they are other ones. */
  readonly entry?: object | undefined;
  /** The same where the two are spelt differently: a function here is a dotted path there. */
  readonly ourEntry?: object | undefined;
  readonly options?: object | undefined;
}

/** One Sentinel topology, a Django and our library on it, driven by one dict: that of README.md for `default` and for every other alias. */
export class SharedCaches {
  private readonly started: { stop(): Promise<unknown> }[] = [];
  private caches!: SentinelCaches;
  topology!: LocalSentinel;
  django!: DjangoConsole;
  /** What our library had to say about the settings. */
  readonly log: string[] = [];

  /** `more` is asked once the topology stands, for the aliases beside `default`; `beside`: settings beside CACHES. */
  static async start(more: (topology: LocalSentinel) => readonly SharedCache[], beside: object = {}): Promise<SharedCaches> {
    installDjango();
    const shared = new SharedCaches();
    try {
      await shared.startAll(more, beside);
    } catch (error) {
      await shared.stop();
      throw error;
    }
    return shared;
  }

  /** Our side of a cache. */
  ours(alias: string): SentinelCache {
    return this.caches.get(alias);
  }

  /** Replicas have what was written: both sides read from them (C-33). */
  async settle(): Promise<void> {
    await this.topology.primary.command('SET', 'settled', '1');
    await this.topology.primary.command('WAIT', '1', '2000');
  }

  async stop(): Promise<void> {
    await this.caches?.close();
    for (const one of this.started.splice(0).toReversed()) await one.stop();
  }

  private async startAll(more: (topology: LocalSentinel) => readonly SharedCache[], beside: object): Promise<void> {
    this.topology = this.keep(await startLocalSentinel({ replicas: 1, sentinels: 3, password: 'admin' }));
    const dict = {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: this.topology.location('mymaster', 0),
      OPTIONS: {
        PASSWORD: 'admin',
        CLIENT_CLASS: 'django_sentinel.SentinelClient',
        CONNECTION_POOL_KWARGS: { max_connections: 100 },
      },
    };
    const all = more(this.topology);
    const entries = (ours: boolean) =>
      all.map(({ alias, entry, ourEntry, options }) => [
        alias,
        {
          ...dict,
          KEY_PREFIX: alias.replaceAll(':', ''),
          OPTIONS: { ...dict.OPTIONS, ...options },
          ...entry,
          ...(ours ? ourEntry : {}),
        },
      ]);
    const settings = (ours: boolean) => ({
      CACHES: { default: dict, ...Object.fromEntries(entries(ours)) },
      SECRET_KEY: 'contract-secret-key',
      ...beside,
    });
    this.django = this.keep(await DjangoConsole.start(settings(false), () => this.settle()));
    this.caches = createCaches(settings(true) as DjangoSettings, { onEvent: ({ message }) => this.log.push(message) });
  }

  private keep<T extends { stop(): Promise<unknown> }>(one: T): T {
    this.started.push(one);
    return one;
  }
}
