import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { Browser } from './browser.js';
import { startDjango, type DjangoServer } from './django-server.js';
import { installDjango } from './install-django.js';
import { startNest, type NestShop, type ShopUser, type UserTable } from './nest-shop.js';

export const SERIALIZERS = ['pickle', 'json'] as const;
export const PLATFORMS = ['express', 'fastify'] as const;
export type SerializerName = (typeof SERIALIZERS)[number];
export type Platform = (typeof PLATFORMS)[number];

/** A user of Django's table, with the password in clear. */
export interface Person {
  readonly id: number;
  readonly name: string;
  readonly password: string;
}

const DATABASES = { pickle: 0, json: 1 } as const;

/** One Sentinel topology; a Django and two Nest shops (Express, Fastify) for each serializer, all with one table of users. */
export class TwoShops {
  private readonly started: { stop(): Promise<unknown> }[] = [];
  private readonly djangos = new Map<string, DjangoServer>();
  private readonly nests = new Map<string, NestShop>();
  private people = 0;
  private folder!: string;
  topology!: LocalSentinel;

  static async start(): Promise<TwoShops> {
    installDjango();
    const shops = new TwoShops();
    try {
      await shops.startAll();
    } catch (error) {
      await shops.stop();
      throw error;
    }
    return shops;
  }

  django(serializer: SerializerName): string {
    return this.djangos.get(serializer)!.url;
  }

  nest(serializer: SerializerName, platform: Platform): string {
    return this.nests.get(`${serializer} ${platform}`)!.url;
  }

  /** A browser whose requests begin once the replica has what was written: Django's client reads from it (C-33). */
  browser(): Browser {
    return new Browser(async () => {
      await this.topology.primary.command('SET', 'settled', '1');
      await this.topology.primary.command('WAIT', '1', '2000');
    });
  }

  /** A Redis command in the database of these sessions. */
  async command(serializer: SerializerName, ...command: readonly string[]): Promise<unknown> {
    await this.topology.primary.command('SELECT', String(DATABASES[serializer]));
    return this.topology.primary.command(...command);
  }

  /** A new user in Django's table. */
  async newPerson(): Promise<Person> {
    this.people += 1;
    const [name, password] = [`person-${this.people}`, `pass word ${this.people} é`];
    const { body } = await new Browser().post(`${this.django('pickle')}/users`, { name, password });
    return { id: body.id, name, password };
  }

  /** The dict of README.md, with the hosts of this topology, for both. */
  settings(serializer: SerializerName, more: object = {}): object {
    const SERIALIZER = 'django_redis.serializers.json.JSONSerializer';
    return {
      CACHES: {
        default: {
          BACKEND: 'django_redis.cache.RedisCache',
          LOCATION: this.topology.location('mymaster', DATABASES[serializer]),
          OPTIONS: {
            PASSWORD: 'admin',
            CLIENT_CLASS: 'django_sentinel.SentinelClient',
            CONNECTION_POOL_KWARGS: { max_connections: 100 },
            ...(serializer === 'json' ? { SERIALIZER } : {}),
          },
        },
      },
      SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
      AUTHENTICATION_BACKENDS: ['django.contrib.auth.backends.ModelBackend'],
      SECRET_KEY: 'contract-secret-key',
      ...more,
    };
  }

  /** One more Django, with settings of its own. */
  async startDjango(serializer: SerializerName, more: object): Promise<DjangoServer> {
    return this.keep(await startDjango(this.settings(serializer, more), join(this.folder, 'users.sqlite3')));
  }

  /** One more Nest shop, with settings of its own. */
  async startNest(
    serializer: SerializerName,
    platform: Platform,
    more: object = {},
    users: UserTable = this.users,
  ): Promise<NestShop> {
    return this.keep(await startNest(platform, this.settings(serializer, more), users));
  }

  async stop(): Promise<void> {
    for (const one of this.started.splice(0).toReversed()) await one.stop();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  /** What an application would ask its database. */
  readonly users: UserTable = {
    byId: (id) => this.user(id),
    byName: (name) => this.user(`by-name/${name}`),
  };

  private async user(path: string): Promise<ShopUser | null> {
    const { status, body } = await new Browser().get(`${this.django('pickle')}/users/${path}`);
    if (status !== 200) throw new Error(`the table of users answered ${status}`);
    return body as ShopUser | null;
  }

  private async startAll(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'sentinel-cache-django-'));
    this.topology = this.keep(await startLocalSentinel({ replicas: 1, sentinels: 3, password: 'admin' }));
    for (const serializer of SERIALIZERS) {
      this.djangos.set(serializer, await this.startDjango(serializer, {}));
      for (const platform of PLATFORMS) {
        this.nests.set(`${serializer} ${platform}`, await this.startNest(serializer, platform));
      }
    }
  }

  private keep<T extends { stop(): Promise<unknown> }>(one: T): T {
    this.started.push(one);
    return one;
  }
}
