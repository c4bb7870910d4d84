import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { connect } from 'node:net';

describe('a topology of one primary, two replicas and three sentinels', () => {
  let topology: LocalSentinel;
  let waitedMs: number;

  beforeAll(async () => {
    const startedAt = performance.now();
    topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 1000 });
    waitedMs = performance.now() - startedAt;
  });
  afterAll(async () => topology.stop());

  it('stands, and says how long it took', () => {
    expect(waitedMs).toBeLessThan(60_000);
    expect(topology.readyMs).toBeGreaterThan(0);
    expect(topology.readyMs).toBeLessThanOrEqual(waitedMs);
  });

  it("gives the LOCATION that Django's sentinel backends read", () => {
    const addresses = topology.sentinels.map((sentinel) => `127.0.0.1:${sentinel.port}`).join(',');
    expect(topology.location('mymaster', 0)).toBe(`mymaster/${addresses}/0`);
    expect(topology.location()).toBe(topology.location('mymaster', 0));
    expect(topology.location('mymaster', 7)).toMatch(/\/7$/);
    expect(() => topology.location('other')).toThrow(expect.objectContaining({ code: 'LOCAL_SENTINEL_INVALID_OPTION' }));
  });

  it('is what the sentinels themselves say it is', async () => {
    for (const sentinel of topology.sentinels) {
      expect(await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')).toEqual([
        '127.0.0.1',
        String(topology.primary.port),
      ]);
      expect(await sentinel.command('SENTINEL', 'CKQUORUM', 'mymaster')).toMatch(/^OK 3 usable Sentinels/);
    }
    expect(topology.nodes.map((node) => node.role)).toEqual([
      'primary',
      'replica',
      'replica',
      'sentinel',
      'sentinel',
      'sentinel',
    ]);
    expect(new Set(topology.nodes.map((node) => node.pid)).size).toBe(6);
    expect(topology.nodes.every((node) => node.isRunning)).toBe(true);
  });

  it('replicates what the primary is given', async () => {
    expect(await topology.primary.command('SET', 'greeting', 'hello')).toBe('OK');
    expect(await topology.primary.command('WAIT', 2, 2000)).toBe(2);
    for (const replica of topology.replicas) expect(await replica.command('GET', 'greeting')).toBe('hello');
    await expect(topology.replicas[0]?.command('SET', 'greeting', 'no')).rejects.toThrow(/READONLY/);
  });

  it('runs with an append-only file, without snapshots, with sixteen databases and the debug command', async () => {
    const config = async (name: string) => ((await topology.primary.command('CONFIG', 'GET', name)) as string[])[1];
    expect(await config('appendonly')).toBe('yes');
    expect(await config('appendfsync')).toBe('everysec');
    expect(await config('save')).toBe('');
    expect(await config('databases')).toBe('16');
    expect(await topology.primary.command('DEBUG', 'SLEEP', 0)).toBe('OK');
  });

  it('refuses whoever has no password, and listens on loopback only', async () => {
    const reply = await new Promise<string>((resolve, reject) => {
      const socket = connect(topology.primary.port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.once('error', reject);
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
    });
    expect(reply).toMatch(/^-NOAUTH/);
    expect(await topology.primary.command('CONFIG', 'GET', 'bind')).toEqual(['bind', '127.0.0.1']);
  });

  it('gives up a command at its deadline and answers the next one', async () => {
    await topology.replicas[1]?.hang();
    await expect(topology.replicas[1]?.commandWithin(50, 'PING')).rejects.toMatchObject({ code: 'LOCAL_SENTINEL_DEADLINE' });
    await topology.replicas[1]?.resume();
    expect(await topology.replicas[1]?.command('PING')).toBe('PONG');
  });

  it('leaves two more topologies beside it alone', async () => {
    const others = await Promise.all([
      startLocalSentinel({ replicas: 1 }),
      startLocalSentinel({ replicas: 0, sentinels: 1, sentinelPassword: 's e"cret' }),
    ]);
    const ports = [topology, ...others].flatMap((each) => each.nodes.map((node) => node.port));
    expect(new Set(ports).size).toBe(ports.length);
    expect(await others[1]?.sentinels[0]?.command('PING')).toBe('PONG');
    await Promise.all(others.map((other) => other.stop()));
    await topology.settled();
  });
});

describe('several masters on the same sentinels', () => {
  it('fail over one without the other', async () => {
    const topology = await startLocalSentinel({
      masters: [{ name: 'sessions' }, { name: 'pages', replicas: 1 }],
      password: 'admin',
    });
    try {
      expect(topology.masters.map((master) => [master.name, master.nodes.length])).toEqual([
        ['sessions', 3],
        ['pages', 2],
      ]);
      const [sessions, pages] = [topology.master('sessions').primary, topology.master('pages').primary];
      const recording = await topology.recordEvents();
      const moved = await topology.failover('pages');
      expect(moved).not.toBe(pages);
      expect(topology.master('pages').primary).toBe(moved);
      expect(topology.primary).toBe(sessions);
      const first = await recording.firstSwitch('pages', { timeoutMs: 120_000 });
      expect(first).toMatchObject({ masterName: 'pages', from: pages.address, to: moved.address });
      expect(
        recording.events.filter((event) => event.channel === '+switch-master' && event.message.startsWith('sessions ')),
      ).toEqual([]);
      await topology.settled('sessions');
    } finally {
      await topology.stop();
    }
  });
});
