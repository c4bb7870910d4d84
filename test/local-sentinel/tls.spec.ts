import { describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type Address, type LocalSentinel, type LocalSentinelOptions } from 'local-sentinel';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { RawClient } from './raw-client.js';

async function withTopology(options: LocalSentinelOptions, work: (topology: LocalSentinel) => Promise<void>): Promise<void> {
  const topology = await startLocalSentinel({ replicas: 1, ...options });
  try {
    await work(topology);
  } finally {
    await topology.stop();
  }
}

/** The reply to PING over TLS; the error's code if the handshake fails, `silence` if nothing happens for half a second: a port without TLS waits for the end of a line. */
async function pingOverTls({ host, port }: Address, ca?: string): Promise<string> {
  const socket = connect({ host, port, ca });
  const signal = AbortSignal.timeout(500);
  try {
    await once(socket, 'secureConnect', { signal });
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data', { signal })) as [Buffer];
    return reply.toString();
  } catch (error) {
    return signal.aborted ? 'silence' : ((error as NodeJS.ErrnoException).code ?? (error as Error).message);
  } finally {
    socket.destroy();
  }
}

async function pingInTheClear(address: Address): Promise<string> {
  try {
    const client = await RawClient.open(address);
    return await client.ask('PING').finally(() => client.destroy());
  } catch {
    return 'refused';
  }
}

describe('TLS towards clients', () => {
  it.each([
    ['redis', true, false],
    ['sentinels', false, true],
    ['both', true, true],
  ] as const)('on %s, and on nothing else', async (tls, redisTls, sentinelTls) => {
    await withTopology({ tls }, async (topology) => {
      expect(topology.ca).toMatch(/^-----BEGIN CERTIFICATE-----/);
      for (const [node, isTls] of [
        [topology.primary, redisTls],
        [topology.sentinels[0]!, sentinelTls],
      ] as const) {
        const overTls = await pingOverTls(node.clientAddress, topology.ca);
        const inTheClear = await pingInTheClear(node.clientAddress);
        expect([overTls === '+PONG\r\n', inTheClear === '+PONG\r\n']).toEqual([isTls, !isTls]);
      }
      if (!redisTls) return;
      expect(await pingOverTls(topology.primary.clientAddress)).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/);
      expect(await pingOverTls({ host: 'localhost', port: topology.primary.port }, topology.ca)).toBe('+PONG\r\n');
    });
  });

  it('stays after a failover, at the announced addresses', async () => {
    await withTopology({ tls: 'both' }, async (topology) => {
      const before = topology.primary;
      await topology.failover();
      expect(topology.primary).not.toBe(before);
      expect(await pingOverTls(topology.primary.clientAddress, topology.ca)).toBe('+PONG\r\n');
    });
  });
});

describe('addresses that only the nodes reach', () => {
  it('nat: the announced ones reset clients, natMap and location() have those that work', async () => {
    await withTopology({ nat: true }, async (topology) => {
      const { primary } = topology;
      const [sentinel] = topology.sentinels;
      expect(await pingInTheClear(primary)).toBe('refused');
      expect(await pingInTheClear(sentinel!)).toBe('refused');
      const told = (await sentinel!.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[];
      expect(told.join(':')).toBe(primary.address);
      expect(topology.natMap[told.join(':')]).toEqual(primary.clientAddress);
      expect(await pingInTheClear(primary.clientAddress)).toBe('+PONG\r\n');
      expect(topology.location()).toContain(`127.0.0.1:${sentinel!.clientAddress.port},`);
      expect(await pingInTheClear(sentinel!.clientAddress)).toBe('+PONG\r\n');
      primary.proxy.mode('reset', { only: 'clients' });
      expect(await pingInTheClear(primary.clientAddress)).toBe('refused');
    });
  });

  it('without nat, natMap changes nothing', async () => {
    await withTopology({ proxies: true, replicas: 0, sentinels: 1 }, async (topology) => {
      for (const [announced, { host, port }] of Object.entries(topology.natMap)) expect(announced).toBe(`${host}:${port}`);
    });
  });
});
