import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { RedisBackend } from '../../libs/sentinel-cache/src/backends/redis/redis.backend.js';
import { DeploymentClient } from '../../libs/sentinel-cache/src/connection/deployment/deployment-client.js';
import { DEFAULTS } from '../../libs/sentinel-cache/src/settings/shapes/defaults.js';
import { describeBackend } from '../../libs/sentinel-cache/src/testing/backend-conformance.js';
import type { ConnectionConfig } from '../../libs/sentinel-cache/src/settings/shapes/resolved-connection.js';

/** Less than the entries of some tests, so that one scan takes several rounds. */
const SCAN_COUNT = 100;
const PASSWORD = 'admin';

let redis: LocalRedis;
const clients: DeploymentClient[] = [];
beforeAll(async () => {
  redis = await startLocalRedis({ password: PASSWORD });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await redis?.stop();
});

/** The defaults but for the deadline: what is slow here is the machine, and it is not what is tested. */
function connectionTo({ host, port }: LocalRedis): ConnectionConfig {
  return {
    topology: { kind: 'standalone', primary: { host, port }, replicas: [] },
    credentials: { username: '', password: PASSWORD },
    tls: false,
    database: 3,
    callDeadlineMs: 5000,
    connectDeadlineMs: 5000,
    maxSocketsPerNode: DEFAULTS.maxSocketsPerNode,
    gate: DEFAULTS.gate,
    breakerFailures: DEFAULTS.breakerFailures,
    coalesce: 'any',
    clientName: '',
  };
}

function connect() {
  const client = new DeploymentClient(connectionTo(redis), () => {});
  clients.push(client);
  return new RedisBackend(client, 'default', { scanCount: SCAN_COUNT });
}

describeBackend({ describe, it, beforeAll, afterAll }, 'RedisBackend', async () => ({
  backend: connect(),
  peer: connect(),
  passTime: async (ms) => {
    await wait(ms);
  },
  close: async () => {},
}));

describe('RedisBackend', () => {
  it('writes into its own database only', async () => {
    const backend = connect();
    await redis.command('SELECT', 0);
    await redis.command('SET', ':1:elsewhere', 'stays');
    await backend.set(':1:here', 'A', 'forever', 'always');
    await backend.deleteAll();
    expect(String(await redis.command('GET', ':1:elsewhere'))).toBe('stays');
    expect(await redis.command('DBSIZE')).toBe(1);
  });

  it('answers with the text of a script to a server that forgot its scripts', async () => {
    const backend = connect();
    await backend.set(':1:n', '1', 'forever', 'always');
    await backend.increment(':1:n', 1n);
    await redis.command('SCRIPT', 'FLUSH');
    expect(await backend.increment(':1:n', 1n)).toBe('3');
  });
});
