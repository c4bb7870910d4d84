import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { startLocalRedis, startLocalSentinel } from 'local-sentinel';
import { NodeProxy } from '../../libs/local-sentinel/src/network/node-proxy.js';
import { ProxyNetwork } from '../../libs/local-sentinel/src/network/proxy-network.js';
import { NodeFactory } from '../../libs/local-sentinel/src/node/node-factory.js';
import { freePorts, LOOPBACK } from '../../libs/local-sentinel/src/process/free-ports.js';
import { Workspace } from '../../libs/local-sentinel/src/process/workspace.js';
import { isAlive, processesIn, until } from './process-watch.js';

const STOPPED = { code: 'LOCAL_SENTINEL_STOPPED' };
const INVALID = { code: 'LOCAL_SENTINEL_INVALID_OPTION' };

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen({ host: LOOPBACK, port, exclusive: true });
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return free;
}

/** The process that runs the watchdog of a folder. */
function watchdogOf(folder: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`));
  return Number(pids.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/watchdog.cjs`)));
}

describe('the end of a topology that is still being made', () => {
  let factory: NodeFactory | undefined;
  afterEach(async () => factory?.close());

  it('nothing is made after close, and what was being made leaves nothing behind', async () => {
    factory = await NodeFactory.create({ proxies: true });
    const { folder } = factory;
    const [endpoint, late] = await factory.endpoints(['one', 'late'], 'redis');
    const making = factory.redis({ endpoint: endpoint! });
    const endpoints = factory.endpoints(['two', 'three'], 'redis');
    await factory.close();

    const node = await making;
    await expect(node.start()).rejects.toMatchObject(STOPPED);
    await expect(factory.redis({ endpoint: late! })).rejects.toMatchObject(STOPPED);
    await expect(factory.endpoints(['four'], 'redis')).rejects.toMatchObject(STOPPED);
    const ports = (await endpoints).map(({ announced }) => announced.port);
    expect(await Promise.all(ports.map(isFree))).toEqual([true, true]);
    expect(existsSync(folder)).toBe(false);
    expect(processesIn(folder)).toEqual([]);
  });

  it('a proxy that was about to listen gives its ports back', async () => {
    const [port, outsidePort, nodePort, clientPort] = (await freePorts(4)) as [number, number, number, number];
    const network = await ProxyNetwork.create(7);
    const opening = NodeProxy.listen({ name: 'node', port, outsidePort, nodePort, clientPort, network });
    await network.close();
    await opening;
    expect(await Promise.all([port, outsidePort].map(isFree))).toEqual([true, true]);
  });

  it('a folder is removed and its watchdog ended even when the watchdog hangs', async () => {
    const workspace = await Workspace.create();
    const watchdog = watchdogOf(workspace.folder);
    expect(readlinkSync(`/proc/${watchdog}/cwd`)).toBe('/');
    process.kill(watchdog, 'SIGSTOP');
    await expect(workspace.remove()).rejects.toMatchObject({ code: 'LOCAL_SENTINEL_DEADLINE' });
    expect(existsSync(workspace.folder)).toBe(false);
    // The kernel ends it when it gets to it.
    await until('the watchdog is gone', () => !isAlive(watchdog));
  });
});

describe('wrong numbers are refused before anything starts', () => {
  it.each([{ replicas: -1 }, { replicas: 1.5 }, { databases: 0 }, { readyTimeoutMs: 0 }, { readyTimeoutMs: Number.NaN }])(
    'startLocalRedis(%j)',
    async (options) => {
      await expect(startLocalRedis(options)).rejects.toMatchObject(INVALID);
    },
  );

  it.each([{ quorum: 0 }, { downAfterMs: -1 }, { failoverTimeoutMs: 0 }, { databases: 0.5 }])(
    'startLocalSentinel(%j)',
    async (options) => {
      await expect(startLocalSentinel(options)).rejects.toMatchObject(INVALID);
    },
  );
});
