import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalNode, type LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type SentinelCaches } from 'nestjs-sentinel-cache';

import { connectedPrimary } from './connected-primary.js';
import { pastedSettings } from '../failover/sentinel-fixture.js';
import { QUICK_SENTINELS } from '../support/quick-topology.js';
import { until } from './until.js';

/** Whether the caches have moved to the primary that a sentinel names: on a busy machine the sentinels may move more than once. */
async function followed(caches: SentinelCaches, sentinel: LocalNode, first: string): Promise<boolean> {
  const named = (await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[];
  return named.join(':') !== first && connectedPrimary(caches) === named.join(':');
}

describe('what sentinels name', () => {
  let topology: LocalSentinel;
  let caches: SentinelCaches;
  let log: CacheEvent[];
  beforeAll(async () => {
    topology = await startLocalSentinel({ password: 'admin', downAfterMs: 1000, sentinelDebug: QUICK_SENTINELS });
  });
  afterAll(() => topology.stop());
  afterEach(async () => {
    await caches.close();
    await topology.settled();
  });

  /** A cache whose LOCATION names these sentinels alone. */
  function open(sentinels: readonly LocalNode[], options: Record<string, unknown> = {}) {
    const settings = pastedSettings(topology, options);
    settings.CACHES.default.LOCATION = `mymaster/${sentinels.map(({ address }) => address).join(',')}/0`;
    log = [];
    caches = createCaches(settings, { onEvent: (event) => log.push(event) });
    return caches.get();
  }
  const watched = (): string[] => caches.topology()!.sentinels.map(({ address }) => address);

  it('fault 27: one sentinel in LOCATION is enough: the others are found, and a failover is followed without it', async () => {
    const [only, ...others] = topology.sentinels;
    const cache = open([only!], { clientName: 'found' });
    await cache.set('a', 1);
    await until(() => watched().length === 3);
    expect(watched().sort()).toEqual(topology.sentinels.map(({ address }) => address).sort());
    await only!.kill();
    const first = topology.primary.address;
    await topology.failover();
    await until(() => cache.set('a', 2).catch(() => false));
    await until(() => followed(caches, others[0]!, first));
    expect(caches.topology()!.sentinels.filter(({ reachable }) => reachable)).toHaveLength(others.length);
    await only!.restart();
  });

  it('caches that share a connection have one line of the log for it; of several connections each line says whose it is', async () => {
    const { default: one } = pastedSettings(topology).CACHES;
    const other = { ...one, LOCATION: topology.location('mymaster', 1) };
    const lines = async (CACHES: Record<string, typeof one & { KEY_PREFIX?: string }>): Promise<string[]> => {
      const messages: string[] = [];
      caches = createCaches({ CACHES }, { onEvent: ({ level, message }) => void (level === 'info' && messages.push(message)) });
      await Promise.all(
        caches.aliases().map((alias) =>
          until(() =>
            caches
              .get(alias)
              .set('a', 1)
              .catch(() => false),
          ),
        ),
      );
      await caches.close();
      return messages.toSorted();
    };
    const connected = `mymaster: connected to the primary ${topology.primary.address}.`;
    expect(await lines({ default: one, pages: { ...one, KEY_PREFIX: 'pages' } })).toEqual([connected]);
    expect(await lines({ default: one, pages: { ...one, KEY_PREFIX: 'pages' }, other })).toEqual([
      `${connected} (cache 'other')`,
      `${connected} (caches 'default', 'pages')`,
    ]);
  });

  it('(fault 54) one socket to each sentinel, however often it was named', async () => {
    const cache = open(topology.sentinels);
    await cache.set('a', 1);
    const counts = async () => {
      const lists = await Promise.all(topology.sentinels.map((sentinel) => sentinel.command('CLIENT', 'LIST', 'TYPE', 'PUBSUB')));
      const others = lists.map((list) =>
        String(list)
          .split('\n')
          .filter((line) => line.includes('psub=0') && line.trim()),
      );
      return others.map((lines) => lines.length);
    };
    await until(() => caches.topology()!.sentinels.every(({ reachable }) => reachable));
    expect(await counts()).toEqual([1, 1, 1]);
    expect(watched()).toHaveLength(3);
  });

  it('fault 23: a sentinel that may not list the others is asked for the primary all the same', async () => {
    const [only] = topology.sentinels;
    await only!.command('ACL', 'SETUSER', 'default', '-sentinel|sentinels', '-sentinel|myid', '-sentinel|master');
    try {
      const cache = open([only!]);
      for (let i = 0; i < 20; i += 1) expect(await cache.set('a', i)).toBe(true);
      expect(watched()).toEqual([only!.address]);
      expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
    } finally {
      await only!.command('ACL', 'SETUSER', 'default', '+@all');
    }
  });
});

describe('with the address of a lost sentinel in other hands', () => {
  it('fault 27: a sentinel of another deployment is not asked twice, and counts for nothing', async () => {
    const options = { password: 'admin', downAfterMs: 1000, sentinelDebug: QUICK_SENTINELS };
    const ours = await startLocalSentinel(options);
    const theirs = await startLocalSentinel({ ...options, masterName: 'other', sentinels: 1, quorum: 1, replicas: 0 });
    const caches = createCaches(pastedSettings(ours));
    try {
      const [stranger] = theirs.sentinels;
      // What a sentinel of ours would have said of itself before its address was handed on.
      const hello = [stranger!.host, stranger!.port, 'f'.repeat(40), 0, 'mymaster', ours.primary.host, ours.primary.port, 0];
      await ours.primary.command('PUBLISH', '__sentinel__:hello', hello.join(','));
      const listedAsUp = async (sentinel: LocalNode): Promise<boolean> => {
        const entries = (await sentinel.command('SENTINEL', 'SENTINELS', 'mymaster')) as string[][];
        const entry = entries.find((fields) => fields.includes(String(stranger!.port)));
        return entry?.[entry.indexOf('flags') + 1] === 'sentinel';
      };
      await until(async () => (await Promise.all(ours.sentinels.map(listedAsUp))).every(Boolean));
      const visits = async (): Promise<number> =>
        Number(/total_connections_received:(\d+)/.exec(String(await stranger!.command('INFO', 'stats')))?.[1]);
      const guests = async (): Promise<number> =>
        String(await stranger!.command('CLIENT', 'LIST'))
          .trim()
          .split('\n').length;
      const [visitsBefore, guestsBefore] = [await visits(), await guests()];
      await caches.get().set('a', 1);
      // We come, we see that it is none of ours, and we go.
      await until(async () => (await visits()) > visitsBefore);
      await until(async () => (await guests()) === guestsBefore);
      await until(() => caches.topology()!.sentinels.every(({ reachable }) => reachable));
      expect(caches.topology()!.sentinels.map(({ address }) => address)).toEqual(ours.sentinels.map(({ address }) => address));
      for (let i = 0; i < 20; i += 1) expect(await caches.get().set('a', i)).toBe(true);
      expect(await visits()).toBe(visitsBefore + 1);
    } finally {
      await caches.close();
      await Promise.all([ours.stop(), theirs.stop()]);
    }
  });
});

describe('behind a NAT', () => {
  let topology: LocalSentinel;
  let caches: SentinelCaches;
  let log: CacheEvent[];
  beforeAll(async () => {
    topology = await startLocalSentinel({ nat: true, password: 'admin', downAfterMs: 1000, sentinelDebug: QUICK_SENTINELS });
  });
  afterAll(() => topology.stop());
  afterEach(() => caches.close());

  function open(options: Record<string, unknown>) {
    log = [];
    caches = createCaches(pastedSettings(topology, options), { onEvent: (event) => log.push(event) });
    return caches.get();
  }
  const outside = (node: LocalNode): string => {
    const { host, port } = topology.natMap[node.address]!;
    return `${host}:${port}`;
  };

  it.each(['object', 'function'])(
    'fault 26: with natMap as %s all goes to the translated addresses, and a failover is one move',
    async (kind) => {
      const map = topology.natMap;
      const cache = open({ natMap: kind === 'object' ? map : (host: string, port: number) => map[`${host}:${port}`] });
      await cache.set('a', 1);
      expect(connectedPrimary(caches)).toBe(outside(topology.primary));
      await until(() => caches.topology()!.replicas.filter(({ connected }) => connected).length === 2);
      expect(
        caches
          .topology()!
          .replicas.map(({ address }) => address)
          .sort(),
      ).toEqual(topology.replicas.map(outside).sort());
      const next = await topology.failover();
      await until(() => connectedPrimary(caches) === outside(next));
      // Announcement and answers are compared with where we are in the same terms.
      for (let i = 0; i < 100; i += 1) expect(await cache.set('a', i)).toBe(true);
      expect(log.filter(({ message }) => message.includes('the primary is now'))).toHaveLength(1);
      expect(caches.topology()!.sentinels).toHaveLength(3);
      await topology.settled();
    },
  );

  it('fault 26: without it the address is told once, by name, with the way out, in an error within the deadline', async () => {
    const cache = open({});
    const error = (await cache.get('a').catch((reason: unknown) => reason)) as { message: string };
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
    expect(error.message).toContain(topology.primary.address);
    expect(error.message).toContain('OPTIONS.natMap');
    await cache.get('a').catch(() => undefined);
    expect(log.filter(({ message }) => message.includes('OPTIONS.natMap'))).toHaveLength(1);
    expect(log.filter(({ level }) => level !== 'info')).toHaveLength(1);
  });

  it('fault 26: a natMap that throws is a typed error, and names the address', async () => {
    const natMap = () => {
      throw new Error('no such host in the table');
    };
    const cache = open({ natMap });
    await cache.get('a').catch(() => undefined);
    const error = (await cache.get('a').catch((reason: unknown) => reason)) as { message: string };
    expect(error).toMatchObject({ reason: 'unreadable-address', executed: false });
    expect(error.message).toContain(`OPTIONS.natMap threw for ${topology.primary.address}: no such host in the table.`);
  });
});

describe('over TLS to data nodes and sentinels', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startLocalSentinel({ tls: 'both', password: 'admin', downAfterMs: 1000, sentinelDebug: QUICK_SENTINELS });
  });
  afterAll(() => topology.stop());

  it('fault 25: one sentinel of LOCATION finds the others, and a failover is followed, all of it over TLS', async () => {
    const kwargs = { ssl: true, ssl_ca_data: topology.ca, tlsServername: 'localhost' };
    const settings = pastedSettings(topology, { CONNECTION_POOL_KWARGS: kwargs, SENTINEL_KWARGS: kwargs });
    settings.CACHES.default.LOCATION = `mymaster/${topology.sentinels[0]!.address}/0`;
    const caches = createCaches(settings);
    try {
      await caches.get().set('a', 1);
      await until(() => caches.topology()!.sentinels.length === 3);
      const first = topology.primary.address;
      await topology.failover();
      await until(() => followed(caches, topology.sentinels[0]!, first));
      await until(() => caches.get().set('a', 2));
    } finally {
      await caches.close();
    }
  });

  it.each(['CONNECTION_POOL_KWARGS', 'SENTINEL_KWARGS'])(
    'fault 25: a connection without TLS to servers that want it is an error that says so: TLS in %s alone',
    async (setting) => {
      const caches = createCaches(pastedSettings(topology, { [setting]: { ssl: true, ssl_ca_data: topology.ca } }));
      try {
        const error = (await caches
          .get()
          .set('a', 1)
          .catch((reason: unknown) => reason)) as { message: string };
        expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
        expect(error.message).toContain('Does this port want TLS?');
      } finally {
        await caches.close();
      }
    },
  );
});
