import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { ImproperlyConfiguredError } from 'nestjs-sentinel-cache';

import { connectedPrimary } from '../connection/connected-primary.js';
import { rejectionOf, timed, until } from '../cache/support/waiting.js';
import { Clients } from './support/clients.js';
import { infoNumber, startQuickTopology } from './support/quick-topology.js';
import { report, underLoad } from './support/under-load.js';

const clients = new Clients();
afterEach(() => clients.closeAll());

describe('credentials of Redis', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startQuickTopology({ replicas: 0, sentinels: 1 });
  });
  afterAll(() => topology.stop());

  it('fault 24: a wrong password is a typed error within a second and one line without it; it is tried slowly, and works once it is right', async () => {
    const client = clients.open(topology, { options: { PASSWORD: 'rotated-s3cret' } });
    const before = await infoNumber(topology.primary, 'total_connections_received');
    const startedMs = performance.now();
    const { value: error, tookMs } = await timed(rejectionOf(client.cache.set('twenty-four', 1)), 5000);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'auth', executed: false });
    expect(tookMs).toBeLessThan(1000);
    for (let i = 0; performance.now() - startedMs < 2500; i += 1) {
      await until('some time has passed', () => performance.now() - startedMs > i * 25);
      expect(await rejectionOf(client.cache.get('k'))).toMatchObject({ reason: 'auth', executed: false });
    }
    expect((await infoNumber(topology.primary, 'total_connections_received')) - before).toBeLessThanOrEqual(6);
    expect(client.caches.topology()?.state).toMatchObject({ status: 'down', reason: 'auth' });
    expect(client.log.map(({ level }) => level)).toEqual(['error']);
    expect(JSON.stringify([error.message, client.log])).not.toContain('s3cret');

    await topology.primary.command('ACL', 'SETUSER', 'default', '>rotated-s3cret');
    await until('the rotated password is taken', () => client.cache.set('twenty-four', 2).catch(() => false), 7000);
  });
});

describe('TLS', () => {
  it.each(['redis', 'sentinels', 'both'] as const)(
    'fault 25: with TLS of %s each kind of server has its own setting, and one that differs is an error within a second that says so',
    async (tls) => {
      const topology = await startQuickTopology({ replicas: 0, sentinels: 1, tls });
      const kwargs = (on: boolean) => (on ? { ssl: true, ssl_ca_data: topology.ca } : {});
      const open = (redis: boolean, sentinels: boolean) =>
        clients.open(topology, { options: { CONNECTION_POOL_KWARGS: kwargs(redis), SENTINEL_KWARGS: kwargs(sentinels) } });
      const [redisHas, sentinelsHave] = [tls !== 'sentinels', tls !== 'redis'];
      try {
        expect(await open(redisHas, sentinelsHave).cache.set('k', 1)).toBe(true);
        for (const { cache } of [open(!redisHas, sentinelsHave), open(redisHas, !sentinelsHave)]) {
          const { value: error, tookMs } = await timed(rejectionOf(cache.set('k', 2)), 5000);
          expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
          expect(error.message).toMatch(/TLS/);
          expect(tookMs).toBeLessThan(1000);
        }
        expect(await open(redisHas, sentinelsHave).cache.get('k')).toBe(1);
      } finally {
        await clients.closeAll();
        await topology.stop();
      }
    },
  );
});

describe('behind a NAT', () => {
  let topology: LocalSentinel;
  beforeAll(async () => {
    topology = await startQuickTopology({ nat: true });
  });
  afterAll(() => topology.stop());

  it('fault 26: an address that we do not reach is named in the error, with the hint; with natMap it works and follows a failover', async () => {
    const lost = clients.open(topology);
    const { value: error, tookMs } = await timed(rejectionOf(lost.cache.set('k', 1)), 5000);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
    expect(error.message).toContain(topology.primary.address);
    expect(lost.lines().join()).toMatch(/natMap/);
    expect(tookMs).toBeLessThan(1000);

    const byFunction = clients.open(topology, {
      options: { natMap: (host: string, port: number) => topology.natMap[`${host}:${port}`] },
    });
    const client = await clients.connect(topology, { options: { natMap: topology.natMap } });
    expect(await byFunction.cache.set('k', 1)).toBe(true);
    const outcome = await underLoad(client, { inflict: () => topology.failover(), heal: () => topology.settled() });
    report('fault 26', outcome);
    expect(outcome.rejected).toEqual([]);
    expect(client.moves()).toHaveLength(1);
    const { host, port } = topology.primary.clientAddress;
    expect(connectedPrimary(client.caches)).toBe(`${host}:${port}`);
    expect(() => clients.open(topology, { options: { natMap: { [`${host}:${port}`]: 'nowhere' } } })).toThrow(
      ImproperlyConfiguredError,
    );
  });
});
