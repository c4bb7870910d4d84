import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalNode, type LocalSentinel } from 'local-sentinel';
import { setTimeout as delay } from 'node:timers/promises';
import { QUICK_SENTINELS } from '../support/quick-topology.js';
import { RawClient } from './raw-client.js';
import { until } from './process-watch.js';

describe('a proxy in front of every node', () => {
  let topology: LocalSentinel;
  const clients: RawClient[] = [];

  async function client(node: LocalNode): Promise<RawClient> {
    const opened = await RawClient.open(node.clientAddress);
    clients.push(opened);
    return opened;
  }

  beforeAll(async () => {
    topology = await startLocalSentinel({ proxies: true, replicas: 1, downAfterMs: 5000, sentinelDebug: QUICK_SENTINELS });
  });
  afterEach(async () => {
    for (const opened of clients.splice(0)) opened.destroy();
    for (const node of topology.nodes) node.proxy.mode('pass');
    await until('no client is connected any more', () => topology.primary.proxy.connections <= 7);
  });
  afterAll(async () => topology.stop());

  it('is what everybody announces and dials, and its node listens elsewhere', async () => {
    const replica = topology.replicas[0]!;
    for (const node of topology.nodes) expect(node.ownPort).not.toBe(node.port);
    for (const sentinel of topology.sentinels) {
      const told = await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster');
      expect(told).toEqual(['127.0.0.1', String(topology.primary.port)]);
    }
    expect(await topology.primary.command('INFO', 'replication')).toContain(`slave0:ip=127.0.0.1,port=${replica.port},`);
    expect(((await replica.command('ROLE')) as unknown[])[2]).toBe(topology.primary.port);
    expect(topology.location()).toContain(`127.0.0.1:${topology.sentinels[0]?.port},`);
    const redis = await client(topology.primary);
    expect(await redis.ask('PING')).toBe('+PONG\r\n');
    // Of three sentinels two connections each, of the replica one, and ours.
    expect(topology.primary.proxy.connections).toBe(8);
  });

  it('delay: 150 ms each way makes 300 ms a round trip, in order, for a standing connection too', async () => {
    const redis = await client(topology.primary);
    topology.primary.proxy.mode('delay', { delayMs: 150 });
    const startedAt = performance.now();
    expect(await redis.ask('SET a 1\r\nINCR a\r\nINCR a', 12)).toBe('+OK\r\n:2\r\n:3\r\n');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(298);
    topology.primary.proxy.mode('delay', { delayMs: 60_000 });
    const late = redis.ask('PING');
    topology.primary.proxy.mode('pass');
    expect(await late).toBe('+PONG\r\n');
  });

  it('dropReplies: the request is carried out, its reply is not seen before it heals', async () => {
    const redis = await client(topology.primary);
    await redis.ask('SET n 0');
    topology.primary.proxy.mode('dropReplies', { only: 'clients' });
    const reply = redis.ask('INCR n');
    await until('the INCR is carried out', async () => (await topology.primary.command('GET', 'n')) === '1');
    expect(redis.received).toBe('');
    topology.primary.proxy.mode('pass');
    expect(await reply).toBe(':1\r\n');
  });

  it('dropReplies and then reset: the request is carried out and its reply is lost', async () => {
    const redis = await client(topology.primary);
    await redis.ask('SET n 0');
    topology.primary.proxy.mode('dropReplies', { only: 'clients' });
    const reply = redis.ask('INCR n').catch((error: NodeJS.ErrnoException) => error.code);
    await until('the INCR is carried out', async () => (await topology.primary.command('GET', 'n')) === '1');
    topology.primary.proxy.mode('reset', { only: 'clients' });
    topology.primary.proxy.mode('pass');
    expect(await reply).toBe('ECONNRESET');
  });

  it('blackhole: nothing passes either way, connections stay open, new ones are silent, and all of it arrives once healed', async () => {
    const redis = await client(topology.primary);
    await redis.ask('DEL b');
    topology.primary.proxy.mode('blackhole', { only: 'clients' });
    const [old, young] = [redis.ask('INCR b'), (await client(topology.primary)).ask('INCR b')];
    const gone = await client(topology.primary);
    gone.write('SET b 100');
    gone.end();
    await until('the one that gave up is forgotten', () => topology.primary.proxy.connections === 9);
    expect(await topology.primary.command('EXISTS', 'b')).toBe(0);
    topology.primary.proxy.mode('pass');
    expect(new Set(await Promise.all([old, young]))).toEqual(new Set([':1\r\n', ':2\r\n']));
  });

  it('reset: standing connections and new ones get a RST, until it passes again', async () => {
    const redis = await client(topology.primary);
    topology.primary.proxy.mode('reset', { only: 'clients' });
    await expect(redis.ask('PING')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(client(topology.primary).then((opened) => opened.ask('PING'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(topology.replicas[0]?.role).toBe('replica');
    topology.primary.proxy.mode('pass');
    expect(await (await client(topology.primary)).ask('PING')).toBe('+PONG\r\n');
  });

  it('ends a connection as its other end did, and takes a dead node for what it is', async () => {
    const redis = await client(topology.primary);
    expect(await redis.ask('QUIT')).toBe('+OK\r\n');
    await redis.ended;
    const [replica] = topology.replicas;
    const other = await client(replica!);
    await replica!.kill();
    await other.ended;
    await expect(client(replica!).then((opened) => opened.ask('PING'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    await replica!.restart();
    await topology.settled();
  });

  it('keeps no more than what one connection may hold: a reader that does not read stops the writer, not this process', async () => {
    await topology.primary.command('SET', 'big', 'x'.repeat(8 * 1024 * 1024));
    const redis = await client(topology.primary);
    redis.pause();
    for (let i = 0; i < 20; i++) redis.write('GET big');
    const waiting = async () =>
      Math.max(
        ...[...String(await topology.primary.command('CLIENT', 'LIST')).matchAll(/omem=(\d+)/g)].map(([, n]) => Number(n)),
      );
    let before = -1;
    await until('the server waits for its reader, and nothing moves any more', async () => {
      const [last, now] = [before, await waiting()];
      before = now;
      await delay(200);
      return now > 100_000_000 && now === last;
    });
    // Of 168 MB the server keeps most: the rest is in sockets, and no more than a chunk of it here.
    expect(before).toBeGreaterThan(100_000_000);
    redis.resume();
    await until('all of it arrived', () => redis.receivedBytes === 20 * (8 * 1024 * 1024 + 12));
    await topology.primary.command('DEL', 'big');
  });

  it('refuses what makes no sense', async () => {
    expect(() => topology.primary.proxy.mode('delay', { delayMs: -1 })).toThrow(
      expect.objectContaining({ code: 'LOCAL_SENTINEL_INVALID_OPTION' }),
    );
  });
});
