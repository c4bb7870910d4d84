import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { tag, type Tagged } from '../codec/tagged-value.js';
import { SharedCaches, type SharedCache } from './support/shared-caches.js';
import { Tally } from './support/tally.js';

const tally = new Tally('settings');
const DEFAULT_CLIENT = { CLIENT_CLASS: 'django_redis.client.DefaultClient' };

/** Settings that both take, and what they prove. */
const TOGETHER: Readonly<Record<string, { readonly proves: string; readonly entry: object; readonly ourEntry?: object }>> = {
  'TIMEOUT 60': { proves: 'C-1', entry: { TIMEOUT: 60 } },
  "TIMEOUT '60'": { proves: 'C-1', entry: { TIMEOUT: '60' } },
  'TIMEOUT null': { proves: 'C-1', entry: { TIMEOUT: null } },
  'TIMEOUT 0': { proves: 'C-1', entry: { TIMEOUT: 0 } },
  'TIMEOUT 0.9': { proves: 'C-1', entry: { TIMEOUT: 0.9 } },
  'timeout 70': { proves: 'C-2', entry: { timeout: 70 } },
  'timeout 70 beside TIMEOUT 60': { proves: 'C-2', entry: { timeout: 70, TIMEOUT: 60 } },
  'MAX_ENTRIES 1': { proves: 'C-2', entry: { MAX_ENTRIES: 1, CULL_FREQUENCY: 1 } },
  'no prefix but a version': { proves: 'A-1', entry: { KEY_PREFIX: '', VERSION: 41 } },
  'VERSION 0': { proves: 'A-2', entry: { VERSION: 0 } },
  "VERSION 'v2'": { proves: 'A-1', entry: { VERSION: 'v2' } },
  'VERSION true': { proves: 'A-1', entry: { VERSION: true } },
  'a prefix with colons and accents': { proves: 'A-1', entry: { KEY_PREFIX: 'a:b:čaj' } },
  'a KEY_FUNCTION': {
    proves: 'A-1',
    entry: { KEY_FUNCTION: 'shop.keys.backwards', REVERSE_KEY_FUNCTION: 'shop.keys.forwards' },
    ourEntry: {
      KEY_FUNCTION: (key: string, prefix: string, version: string) => `${version}|${key}|${prefix}`,
      REVERSE_KEY_FUNCTION: (stored: string) => stored.split('|')[1],
    },
  },
};

/** Ways to write LOCATION without Sentinel: the primary's address, and a replica's. */
const LOCATIONS: Readonly<Record<string, (here: string, there: string) => string | readonly string[]>> = {
  'C-21: the password in the URL': (here) => `redis://:admin@${here}/1`,
  'C-21: user and password in the URL': (here) => `redis://default:%61dmin@${here}/1`,
  'C-22: a query that beats the path': (here) => `redis://${here}/1?db=2`,
  'C-22: no database': (here) => `redis://${here}`,
  'C-23: typed arguments': (here) => `redis://${here}/1?socket_timeout=5&max_connections=10&socket_keepalive=no`,
  'C-20: a list, the others read': (here, there) => [`redis://${here}/1`, `redis://${there}/1`],
  'C-20, C-24: a comma, the others read': (here, there) => `redis://${here}/1,redis://${there}/1`,
};

function locations({ primary, replicas: [replica] }: LocalSentinel): readonly SharedCache[] {
  const [here, there] = [`${primary.host}:${primary.port}`, `${replica!.host}:${replica!.port}`];
  return Object.entries(LOCATIONS).map(([alias, write]) => ({
    alias,
    entry: { LOCATION: write(here, there) },
    options: DEFAULT_CLIENT,
  }));
}

/** Ways to write a service of django-redis' own Sentinel support. */
const SERVICES: Readonly<Record<string, { readonly LOCATION: string | readonly string[]; readonly client: object }>> = {
  'C-51: SentinelClient': { LOCATION: 'redis://mymaster/1', client: { CLIENT_CLASS: 'django_redis.client.SentinelClient' } },
  'C-52: DefaultClient on the master': { LOCATION: 'redis://mymaster/1', client: DEFAULT_CLIENT },
  'C-53: DefaultClient with two URLs': {
    LOCATION: ['redis://mymaster/1?is_master=1', 'redis://mymaster/1?is_master=0'],
    client: DEFAULT_CLIENT,
  },
  'C-50: a port that is ignored': { LOCATION: 'redis://mymaster:1234/1', client: DEFAULT_CLIENT },
};

/** Both store under the same key with the same life, read each other, and both see the key by pattern. */
async function agree(shared: SharedCaches, alias: string): Promise<void> {
  const ours = shared.ours(alias);
  const django = (method: string, ...args: readonly Tagged[]) => shared.django.call(alias, method, ...args);
  tally.compare('stored key', ours.makeKey('Käse:1'), await django('client.make_key', 'Käse:1'));
  await ours.set('of:ours', ['x']);
  await django('set', 'of:django', ['y']);
  tally.compare('ours', await django('get', 'of:ours'), tag((await ours.get('of:ours')) ?? null));
  tally.compare('django', tag((await ours.get('of:django')) ?? null), await django('get', 'of:django'));
  tally.compare('ttl', await django('ttl', 'of:ours'), await django('ttl', 'of:django'));
  tally.compare('ttl here', tag(await ours.ttl('of:ours')), tag(await ours.ttl('of:django')));
  // Of a prefix with colons Django gives a part back with the key.
  const keys = ((await django('keys', 'of:*')) as string[]).map((key) => key.replace(/^.*(?=of:)/, '')).toSorted();
  tally.compare('keys', (await ours.keys('of:*')).toSorted(), keys);
}

describe('one dict for both', () => {
  let shared: SharedCaches;
  beforeAll(async () => {
    shared = await SharedCaches.start((topology) => [
      ...Object.entries(TOGETHER).map(([alias, { entry, ourEntry }]) => ({ alias, entry, ourEntry })),
      ...locations(topology),
    ]);
  }, 400_000);
  afterAll(async () => {
    await shared?.stop();
  });

  it.each(Object.entries(TOGETHER).map(([alias, { proves }]) => [proves, alias] as const))(
    '%s: %s means the same on both sides',
    async (_proves, alias) => agree(shared, alias),
  );

  it.each(Object.keys(LOCATIONS))('%s means the same on both sides', async (alias) => agree(shared, alias));
});

describe("django-redis' own Sentinel support", () => {
  let shared: SharedCaches;
  beforeAll(async () => {
    shared = await SharedCaches.start(
      ({ sentinels }) =>
        Object.entries(SERVICES).map(([alias, { LOCATION, client }]) => ({
          alias,
          entry: { LOCATION },
          options: { ...client, SENTINELS: sentinels.map(({ host, port }) => [host, port]) },
        })),
      { DJANGO_REDIS_CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' },
    );
  }, 400_000);
  afterAll(async () => {
    await shared?.stop();
    tally.print();
  });

  it.each(Object.keys(SERVICES))('%s means the same on both sides', async (alias) => agree(shared, alias));
});
