import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { startLocalCluster, type LocalCluster } from 'local-sentinel';
import { isAlive } from './process-watch.js';

describe('a Redis Cluster', () => {
  let cluster: LocalCluster;
  beforeAll(async () => {
    cluster = await startLocalCluster({ primaries: 3, replicas: 1, password: 'p@ss', nodeTimeoutMs: 1000 });
  });
  afterAll(() => cluster?.stop());

  it('stands with every slot served, on the addresses that location() names', async () => {
    expect(cluster.primaries).toHaveLength(3);
    expect(cluster.replicas).toHaveLength(3);
    expect(cluster.location()).toBe(`redis+cluster://:p%40ss@${cluster.nodes.map(({ address }) => address).join(',')}`);
    expect(cluster.location(0).endsWith('/0')).toBe(true);
    for (const node of cluster.nodes) {
      const info = String(await node.command('CLUSTER', 'INFO'));
      expect(info).toMatch(/cluster_state:ok[\s\S]*cluster_slots_ok:16384[\s\S]*cluster_known_nodes:6[\s\S]*cluster_size:3/);
    }
  });

  it('says who owns a slot, and keeps a key there alone', async () => {
    const slot = await cluster.slotOf('user:7');
    const owner = await cluster.ownerOf(slot);
    expect(await owner.command('SET', 'user:7', 'v')).toBe('OK');
    await expect(cluster.ownerOf(16_384)).rejects.toMatchObject({ code: 'LOCAL_SENTINEL_NOT_SETTLED' });
    const stranger = cluster.primaries.find((node) => node !== owner)!;
    await expect(stranger.command('GET', 'user:7')).rejects.toThrow(`MOVED ${slot} ${owner.address}`);
  });

  it('promotes a replica when a primary is killed, hangs and resumes, and takes the dead one back as a replica', async () => {
    const dead = cluster.primaries[0]!;
    await dead.kill();
    await cluster.settled();
    expect(cluster.primaries).toHaveLength(3);
    expect(cluster.primaries).not.toContain(dead);
    await dead.restart();
    await cluster.settled();
    expect(dead.role).toBe('replica');
    await dead.hang();
    expect(dead.isHung).toBe(true);
    await dead.resume();
    await cluster.settled();
    expect(cluster.primaries).toHaveLength(3);
  });

  it('leaves neither process nor folder after stop(), a hung node included, and stop() may be called again', async () => {
    const pids = cluster.nodes.map((node) => Number(node.pid));
    await cluster.nodes[1]!.hang();
    await Promise.all([cluster.stop(), cluster.stop()]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(cluster.folder)).toBe(false);
  });
});

describe('a Redis Cluster with TLS', () => {
  it('names addresses and an authority for TLS, and still answers its own handle in the clear', async () => {
    const cluster = await startLocalCluster({ tls: true });
    try {
      expect(cluster.ca).toMatch(/^-----BEGIN CERTIFICATE-----/);
      expect(cluster.location()).toMatch(/^rediss\+cluster:\/\/127\.0\.0\.1:\d+,127/);
      expect(cluster.location()).not.toContain(cluster.nodes[0]!.address);
      expect(String(await cluster.nodes[0]!.command('CLUSTER', 'INFO'))).toContain('cluster_slots_ok:16384');
    } finally {
      await cluster.stop();
    }
  });
});

describe('a start of a Redis Cluster', () => {
  it.each([
    ['primaries', 2],
    ['replicas', -1],
    ['nodeTimeoutMs', 0.5],
  ])('refuses %s: %d', async (name, value) => {
    await expect(startLocalCluster({ [name]: value })).rejects.toMatchObject({ code: 'LOCAL_SENTINEL_INVALID_OPTION' });
  });

  it('ends what it started when it is called off', async () => {
    const calledOff = new AbortController();
    const start = startLocalCluster({ signal: calledOff.signal });
    calledOff.abort(new Error('called off'));
    await expect(start).rejects.toThrow('called off');
  });
});
