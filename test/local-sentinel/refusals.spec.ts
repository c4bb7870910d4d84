import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, startLocalSentinel, type LocalRedis } from 'local-sentinel';
import { RawClient } from './raw-client.js';
import { until } from './process-watch.js';

describe('a server that refuses on request', () => {
  let redis: LocalRedis;

  beforeAll(async () => {
    redis = await startLocalRedis({ proxies: true, users: ['app on >secret ~* &* +@all -@dangerous -@admin', 'user idle off'] });
  });
  afterAll(async () => redis.stop());

  async function asApp(...commands: readonly string[]): Promise<string> {
    const client = await RawClient.open(redis);
    try {
      await client.ask('AUTH app secret');
      let reply = '';
      for (const command of commands) reply = await client.ask(command);
      return reply;
    } finally {
      client.destroy();
    }
  }

  it('users: an ACL user has its password and its rights, no more', async () => {
    expect(await redis.command('ACL', 'USERS')).toEqual(['app', 'default', 'idle']);
    expect(await asApp('SET k v')).toBe('+OK\r\n');
    expect(await asApp('CONFIG GET port')).toMatch(/^-NOPERM/);
    expect(await asApp('AUTH app wrong')).toMatch(/^-WRONGPASS/);
  });

  it('restart({ waitForLoading: false }): it answers -LOADING, later everything; a plain restart() waits', async () => {
    await redis.command('DEBUG', 'POPULATE', 2000);
    await redis.command('BGREWRITEAOF');
    await until('the data is on disk', async () =>
      /aof_rewrite_in_progress:0\r\n(.*\r\n)*aof_rewrite_scheduled:0|aof_rewrite_scheduled:0\r\n(.*\r\n)*aof_rewrite_in_progress:0/.test(
        String(await redis.command('INFO', 'persistence')),
      ),
    );
    await redis.kill();
    await redis.restart({
      waitForLoading: false,
      config: { 'key-load-delay': 300, 'loading-process-events-interval-bytes': 1024 },
    });
    expect(await asApp('GET k')).toMatch(/^-LOADING/);
    await expect(redis.command('GET', 'k')).rejects.toThrow(/^LOADING/);
    expect(String(await redis.command('INFO', 'persistence'))).toContain('loading:1');
    await until('it has loaded', async () => (await redis.command('PING').catch(() => '')) === 'PONG');
    expect(await redis.command('GET', 'k')).toBe('v');
    await redis.restart();
    expect(await redis.command('DBSIZE')).toBe(2001);
    expect(await redis.command('CONFIG', 'GET', 'key-load-delay')).toEqual(['key-load-delay', '0']);
  });

  it('maxmemory: -OOM for what writes, answers for what reads', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', 1);
    expect(await asApp('SET k w')).toMatch(/^-OOM/);
    expect(await asApp('EXISTS k')).toBe(':1\r\n');
    await redis.command('CONFIG', 'SET', 'maxmemory', 0);
    expect(await asApp('SET k w')).toBe('+OK\r\n');
  });

  it('maxclients: whoever comes is told and dropped, the handle has its connection already', async () => {
    await redis.command('CONFIG', 'SET', 'maxclients', 1);
    const client = await RawClient.open(redis);
    await client.ended;
    expect(client.received).toMatch(/^-ERR max number of clients reached/);
    await redis.command('CONFIG', 'SET', 'maxclients', 10_000);
    expect(await asApp('PING')).toBe('+PONG\r\n');
  });

  it('min-replicas-to-write: -NOREPLICAS for what writes', async () => {
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
    expect(await asApp('SET k w')).toMatch(/^-NOREPLICAS/);
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 0);
  });

  it('busy-reply-threshold: -BUSY while a script runs, until it is killed', async () => {
    await redis.command('CONFIG', 'SET', 'busy-reply-threshold', 20);
    const script = await RawClient.open(redis);
    script.write('EVAL "while true do end" 0');
    await until('others are told', async () => {
      const said = await redis.primary.commandWithin(1000, 'GET', 'k').catch((error: Error) => error.message);
      return String(said).startsWith('BUSY');
    });
    await redis.command('SCRIPT', 'KILL');
    // The script hears of it at its next look.
    await until('it is killed', async () => (await asApp('PING')) === '+PONG\r\n');
    script.destroy();
  });

  it('CLIENT PAUSE and DEBUG SLEEP: silence for as long as asked', async () => {
    await redis.command('CLIENT', 'PAUSE', 3000, 'WRITE');
    const startedAt = performance.now();
    const order: string[] = [];
    const written = asApp('SET k w').then(() => order.push('written'));
    expect(await asApp('GET k')).toMatch(/^\$1/);
    order.push('read');
    await written;
    expect(order).toEqual(['read', 'written']);
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
    expect(await redis.command('DEBUG', 'SLEEP', '0.01')).toBe('OK');
  });
});

describe('users of a topology', () => {
  it('stand on every node and on every sentinel, and survive a failover', async () => {
    const topology = await startLocalSentinel({
      replicas: 1,
      password: 'admin',
      users: ['app on >secret ~* &* +@all -@dangerous -@admin'],
      sentinelPassword: 'watch',
      sentinelUsers: ['reader on >look -@all +auth +ping +sentinel|get-master-addr-by-name'],
    });
    try {
      await topology.failover();
      for (const node of topology.masters[0]!.nodes) {
        const client = await RawClient.open(node);
        expect(await client.ask('AUTH app secret')).toBe('+OK\r\n');
        expect(await client.ask('INFO')).toMatch(/^-NOPERM/);
        client.destroy();
      }
      for (const sentinel of topology.sentinels) {
        const client = await RawClient.open(sentinel);
        expect(await client.ask('AUTH reader look')).toBe('+OK\r\n');
        expect(await client.ask('SENTINEL GET-MASTER-ADDR-BY-NAME mymaster')).toContain(String(topology.primary.port));
        expect(await client.ask('SENTINEL SENTINELS mymaster')).toMatch(/^-NOPERM/);
        client.destroy();
      }
    } finally {
      await topology.stop();
    }
  });
});
