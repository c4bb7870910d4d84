import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { RedisBackend } from '../../libs/sentinel-cache/src/backends/redis/redis.backend.js';
import { HashRing } from '../../libs/sentinel-cache/src/backends/partitioned/hash-ring.js';
import { shardedBackend } from '../../libs/sentinel-cache/src/backends/partitioned/sharded.backend.js';
import { DeploymentClient } from '../../libs/sentinel-cache/src/connection/deployment/deployment-client.js';
import { DEFAULTS } from '../../libs/sentinel-cache/src/settings/shapes/defaults.js';
import { describeBackend } from '../../libs/sentinel-cache/src/testing/backend-conformance.js';
import type { ConnectionConfig } from '../../libs/sentinel-cache/src/settings/shapes/resolved-connection.js';

const DEADLINE_MS = 5000;

let servers: LocalRedis[] = [];
const clients: DeploymentClient[] = [];
beforeAll(async () => {
  servers = await Promise.all([1, 2, 3].map(() => startLocalRedis({ password: 'admin' })));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(servers.map((server) => server.stop()));
});

function connectionTo({ host, port }: LocalRedis): ConnectionConfig {
  return {
    topology: { kind: 'standalone', primary: { host, port }, replicas: [] },
    credentials: { username: '', password: 'admin' },
    tls: false,
    database: 3,
    callDeadlineMs: DEADLINE_MS,
    connectDeadlineMs: DEADLINE_MS,
    maxSocketsPerNode: DEFAULTS.maxSocketsPerNode,
    gate: DEFAULTS.gate,
    breakerFailures: DEFAULTS.breakerFailures,
    coalesce: 'any',
    clientName: '',
  };
}

function connect() {
  const ring = new HashRing(servers.map((server) => server.url(3)));
  const backends = servers.map((server) => {
    const client = new DeploymentClient(connectionTo(server), () => {});
    clients.push(client);
    return new RedisBackend(client, 'default', { scanCount: 100 });
  });
  return shardedBackend(backends, ring, { alias: 'default', callDeadlineMs: DEADLINE_MS });
}

describeBackend({ describe, it, beforeAll, afterAll }, 'ShardedBackend', async () => ({
  backend: connect(),
  peer: connect(),
  passTime: async (ms) => {
    await wait(ms);
  },
  isSpread: true,
  close: async () => {},
}));
