import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalNode, type LocalSentinel } from 'local-sentinel';
import { setTimeout as delay } from 'node:timers/promises';
import { QUICK_SENTINELS } from '../support/quick-topology.js';
import { RawClient } from './raw-client.js';
import { until } from './process-watch.js';

async function announcedBy(sentinel: LocalNode): Promise<number> {
  return Number(((await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[])[1]);
}

/** What a client of that node gets; undefined if nothing within 300 ms. */
async function answerOf(node: LocalNode, command: string): Promise<string | undefined> {
  const client = await RawClient.open(node.clientAddress);
  const silence = delay(300, undefined);
  try {
    return await Promise.race([client.ask(command).catch(() => undefined), silence]);
  } finally {
    client.destroy();
  }
}

describe('a network that falls apart', () => {
  let topology: LocalSentinel;

  beforeAll(async () => {
    topology = await startLocalSentinel({
      proxies: true,
      downAfterMs: 800,
      failoverTimeoutMs: 2000,
      sentinelDebug: QUICK_SENTINELS,
    });
  });
  afterEach(async () => {
    topology.heal();
    await topology.settled();
  });
  afterAll(async () => topology.stop());

  it('partition(primary): nobody reaches it, the rest elects another, and it becomes a replica once healed', async () => {
    const { primary } = topology;
    topology.partition(primary);
    expect(primary.isCutOff).toBe(true);
    expect(await answerOf(primary, 'PING')).toBeUndefined();
    await topology.settled();
    expect(topology.primary).not.toBe(primary);
    expect(((await primary.command('ROLE')) as unknown[])[0]).toBe('master');
    topology.heal(primary);
    expect(primary.isCutOff).toBe(false);
    await topology.settled();
    expect(((await primary.command('ROLE')) as unknown[])[0]).toBe('slave');
  });

  it('partition(replica): what it opens itself is cut too, its link to the primary goes down', async () => {
    const [replica] = topology.replicas;
    topology.partition(replica!);
    await topology.primary.command('SET', 'unseen', 1);
    await until('the sentinels take it for down', async () =>
      String(await topology.sentinels[0]?.command('SENTINEL', 'REPLICAS', 'mymaster')).includes('s_down'),
    );
    expect(await replica?.command('GET', 'unseen')).toBeNull();
    topology.heal();
    await until('it has caught up', async () => (await replica?.command('GET', 'unseen')) === '1');
  });

  it('splitBrain(primary, a sentinel): clients reach two primaries and two opinions, until it is healed', async () => {
    const { primary } = topology;
    const minority = topology.sentinels[0]!;
    const majority = topology.sentinels.slice(1);
    topology.splitBrain(primary, minority);
    await topology.settled();
    const elected = topology.primary;
    expect(elected).not.toBe(primary);
    expect(await answerOf(primary, 'SET where old')).toBe('+OK\r\n');
    expect(await answerOf(elected, 'SET where new')).toBe('+OK\r\n');
    expect(await announcedBy(minority)).toBe(primary.port);
    for (const sentinel of majority) expect(await announcedBy(sentinel)).toBe(elected.port);
    topology.heal();
    await topology.settled();
    expect(await primary.command('GET', 'where')).toBe('new');
    expect(await announcedBy(minority)).toBe(elected.port);
  });

  it('splitBrain(a sentinel): it stays behind and tells its clients the old primary', async () => {
    const { primary } = topology;
    const behind = topology.sentinels[0]!;
    topology.splitBrain(behind);
    const elected = await topology.failover();
    expect(await announcedBy(behind)).toBe(primary.port);
    expect(await answerOf(behind, 'PING')).toBe('+PONG\r\n');
    expect(elected.port).not.toBe(primary.port);
  });

  it('a primary cut from its clients alone stays the primary', async () => {
    const { primary } = topology;
    primary.proxy.mode('blackhole', { only: 'clients' });
    expect(primary.proxy.clientMode).toBe('blackhole');
    expect(primary.isCutOff).toBe(false);
    expect(await answerOf(primary, 'PING')).toBeUndefined();
    await topology.settled();
    expect(topology.primary).toBe(primary);
    primary.proxy.mode('pass');
    expect(await answerOf(primary, 'PING')).toBe('+PONG\r\n');
  });

  it('a primary that only its nodes can not reach is replaced', async () => {
    const { primary } = topology;
    primary.proxy.mode('reset', { only: 'nodes' });
    expect(primary.isCutOff).toBe(true);
    await topology.settled();
    expect(topology.primary).not.toBe(primary);
    expect(await answerOf(primary, 'PING')).toBe('+PONG\r\n');
    primary.proxy.mode('pass');
  });

  it('hangHost(primary and a sentinel): both stand still, the rest elects, both come back', async () => {
    const host = [topology.primary, topology.sentinels[0]!];
    await topology.hangHost(host);
    expect(host.map((node) => node.isHung)).toEqual([true, true]);
    await topology.settled();
    expect(topology.primary).not.toBe(host[0]);
    await topology.resumeHost(host);
    await topology.settled();
    expect(host[0]?.role).toBe('replica');
  });

  it('needs proxies', async () => {
    const plain = await startLocalSentinel({ replicas: 0, sentinels: 1 });
    try {
      const refused = expect.objectContaining({ code: 'LOCAL_SENTINEL_INVALID_OPTION' });
      expect(() => plain.partition(plain.primary)).toThrow(refused);
      expect(() => plain.heal()).toThrow(refused);
      expect(() => plain.primary.proxy).toThrow(refused);
      expect(plain.primary.ownPort).toBe(plain.primary.port);
    } finally {
      await plain.stop();
    }
  });
});
