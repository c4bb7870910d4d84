import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NotSettledError, ServerStartError, startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { QUICK_SENTINELS } from '../support/quick-topology.js';
import { until } from './process-watch.js';

describe('faults on request', () => {
  let topology: LocalSentinel;

  beforeAll(async () => {
    topology = await startLocalSentinel({ password: 'admin', sentinelDebug: QUICK_SENTINELS });
  });
  afterAll(async () => topology.stop());

  it('failover() gives back the node that all sentinels announce, and the old primary becomes its replica', async () => {
    const before = topology.primary;
    const recording = await topology.recordEvents();
    const after = await topology.failover();
    expect(after).not.toBe(before);
    expect(topology.primary).toBe(after);
    expect(after.role).toBe('primary');
    expect(((await after.command('ROLE')) as unknown[])[0]).toBe('master');
    for (const sentinel of topology.sentinels) {
      expect(await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')).toEqual([
        '127.0.0.1',
        String(after.port),
      ]);
    }
    expect(await recording.firstSwitch('mymaster', { timeoutMs: 120_000 })).toMatchObject({
      from: before.address,
      to: after.address,
    });
    recording.stop();
    await topology.settled();
    expect(before.role).toBe('replica');
    expect((await before.command('ROLE')) as unknown[]).toMatchObject({ 0: 'slave', 2: after.port, 3: 'connected' });
  });

  it('kill() of the primary lets the sentinels promote a replica that has the data', async () => {
    const dead = topology.primary;
    await dead.command('SET', 'kept', 'yes');
    expect(await dead.command('WAIT', 2, 2000)).toBe(2);
    const recording = await topology.recordEvents();
    const killedAt = performance.now();
    await dead.kill();
    expect(dead.isRunning).toBe(false);
    const promoted = await recording.firstSwitch('mymaster', { after: killedAt, timeoutMs: 120_000 });
    expect(promoted.from).toBe(dead.address);
    await topology.settled();
    expect(topology.primary.address).toBe(promoted.to);
    expect(await topology.primary.command('GET', 'kept')).toBe('yes');
    expect(topology.replicas).toContain(dead);
    await dead.restart();
    await topology.settled();
    expect(await dead.command('GET', 'kept')).toBe('yes');
  });

  it('hang() leaves the process there and silent until the sentinels give it up; resume() brings it back as a replica', async () => {
    const hung = topology.primary;
    const { pid } = hung;
    await hung.hang();
    expect([hung.isRunning, hung.isHung]).toEqual([true, true]);
    await expect(hung.commandWithin(50, 'PING')).rejects.toMatchObject({ code: 'LOCAL_SENTINEL_DEADLINE' });
    await topology.settled();
    expect(topology.primary).not.toBe(hung);
    await hung.resume();
    await topology.settled();
    expect(hung.pid).toBe(pid);
    expect(hung.role).toBe('replica');
  });

  it('restart() and shutdown() keep port, data and configuration', async () => {
    const { primary } = topology;
    const { pid, port } = primary;
    await primary.command('CONFIG', 'SET', 'maxclients', '777');
    await primary.command('CONFIG', 'REWRITE');
    await primary.command('SET', 'counter', 41);
    await until('the append-only file is written', async () =>
      /aof_buffer_length:0\r/.test(String(await primary.command('INFO', 'persistence'))),
    );
    await primary.restart();
    expect(primary.port).toBe(port);
    expect(primary.pid).not.toBe(pid);
    expect(await primary.command('INCR', 'counter')).toBe(42);
    expect(await primary.command('CONFIG', 'GET', 'maxclients')).toEqual(['maxclients', '777']);
    await topology.settled();
    expect(topology.primary).toBe(primary);
  });

  it('a sentinel that is killed and restarted is seen again, and listened to again', async () => {
    const [sentinel] = topology.sentinels;
    if (!sentinel) throw new Error('no sentinel');
    const recording = await topology.recordEvents();
    await sentinel.kill();
    await topology.settled();
    await sentinel.restart();
    await topology.settled();
    await until('the recording subscribes again', async () =>
      /name=local-sentinel .*psub=1/.test(String(await sentinel.command('CLIENT', 'LIST'))),
    );
    await topology.replicas[0]?.kill();
    await recording.waitFor('+sdown', (event) => event.sentinel === sentinel.address);
    await topology.replicas[0]?.restart();
    await topology.settled();
  });

  it('settled() names what is missing', async () => {
    await Promise.all(topology.sentinels.slice(1).map((sentinel) => sentinel.kill()));
    const failure = await topology.settled('mymaster', { timeoutMs: 3000 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotSettledError);
    expect((failure as NotSettledError).code).toBe('LOCAL_SENTINEL_NOT_SETTLED');
    expect((failure as NotSettledError).missing).toEqual([expect.stringContaining('sentinel-0 has no quorum: NOQUORUM')]);
    await Promise.all(topology.sentinels.map((sentinel) => sentinel.restart()));
    await topology.settled();
  });

  it('restart() says so when somebody else has taken the port', async () => {
    const [replica] = topology.replicas;
    if (!replica) throw new Error('no replica');
    await replica.kill();
    const thief = createServer((socket) => socket.destroy()).listen(replica.port, '127.0.0.1');
    await once(thief, 'listening');
    try {
      const failure = await replica.restart().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ServerStartError);
      expect((failure as ServerStartError).portTaken).toBe(true);
    } finally {
      thief.close();
      await once(thief, 'close');
    }
    await replica.restart();
    await topology.settled();
  });
});
