import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { startLocalCluster, type LocalCluster } from 'local-sentinel';

import { clusteredBackend } from '../../libs/sentinel-cache/src/backends/partitioned/clustered.backend.js';
import { ClusterClient } from '../../libs/sentinel-cache/src/connection/cluster/cluster-client.js';
import { keySlot } from '../../libs/sentinel-cache/src/keys/key-slot.js';
import { describeBackend } from '../../libs/sentinel-cache/src/testing/backend-conformance.js';
import { connectionOf } from '../connection/connection-config.js';

/** Less than the entries of some tests, so that one scan takes several rounds. */
const SCAN_COUNT = 100;

let cluster: LocalCluster;
const clients: ClusterClient[] = [];
beforeAll(async () => {
  cluster = await startLocalCluster({ primaries: 3, password: 'admin', nodeTimeoutMs: 5000 });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await cluster?.stop();
});

function connect() {
  const config = connectionOf(cluster.location(), { deadline: 5000 });
  if (config.topology.kind !== 'cluster') throw new Error('a cluster was expected');
  const client = new ClusterClient(config, config.topology, () => {});
  clients.push(client);
  return clusteredBackend(client, 'default', { scanCount: SCAN_COUNT });
}

describeBackend({ describe, it, beforeAll, afterAll }, 'a backend on a Redis Cluster', async () => ({
  backend: connect(),
  peer: connect(),
  isSpread: true,
  passTime: async (ms) => {
    await wait(ms);
  },
  close: async () => {},
}));

describe('a Redis Cluster', () => {
  it('has the keys in the slots that we compute', async () => {
    const keys = [
      '',
      '{',
      '{}',
      '}{',
      'a{b}c',
      'a{}b{c}',
      'ü{ö}ä',
      '😀',
      '\u0000',
      ...Array.from({ length: 2000 }, (_, i) => `:1:{${i % 7}${i}`),
    ];
    const node = cluster.primaries[0]!;
    const theirs = await Promise.all(keys.map(async (key) => Number(await node.command('CLUSTER', 'KEYSLOT', key))));
    expect(keys.map((key) => keySlot(key))).toEqual(theirs);
  });

  it('has a part of the entries on each of its primaries, and deleteAll empties them all', async () => {
    const backend = connect();
    await backend.setMany(
      Array.from({ length: 300 }, (_, i) => [`:1:k${i}`, `v${i}`] as const),
      'forever',
    );
    const sizes = async () => Promise.all(cluster.primaries.map(async (node) => Number(await node.command('DBSIZE'))));
    for (const size of await sizes()) expect(size).toBeGreaterThan(50);
    await backend.deleteAll();
    expect(await sizes()).toEqual([0, 0, 0]);
  });
});
