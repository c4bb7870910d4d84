import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { startLocalRedis } from 'local-sentinel';
import { isAlive } from './process-watch.js';

describe('a standalone Redis', () => {
  it('answers by TCP and by its socket file, with a user of its own, and replicates', async () => {
    const redis = await startLocalRedis({
      password: 'p@ss word',
      username: 'django',
      unixSocket: true,
      replicas: 1,
      databases: 4,
      redisConfig: { maxmemory: '64mb' },
    });
    try {
      expect(redis.url(1)).toBe(`redis://django:p%40ss%20word@127.0.0.1:${redis.port}/1`);
      expect(redis.unixUrl(2)).toBe(`unix://django:p%40ss%20word@${redis.socketPath}?db=2`);
      expect(await redis.command('CONFIG', 'GET', 'databases')).toEqual(['databases', '4']);
      expect(await redis.command('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 1024 * 1024)]);
      expect(await redis.command('AUTH', 'django', 'p@ss word')).toBe('OK');
      await redis.command('SET', 'k', 'v');
      expect(await redis.command('WAIT', 1, 2000)).toBe(1);
      expect(await redis.replicas[0]?.command('GET', 'k')).toBe('v');
      const reply = await new Promise<string>((resolve, reject) => {
        const socket = connect(String(redis.socketPath), () => socket.write('AUTH "p@ss word"\r\n'));
        socket.once('error', reject);
        socket.once('data', (data) => {
          resolve(data.toString());
          socket.destroy();
        });
      });
      expect(reply).toBe('+OK\r\n');
      await redis.kill();
      expect(redis.isRunning).toBe(false);
      await redis.restart();
      expect(await redis.command('GET', 'k')).toBe('v');
    } finally {
      await redis.stop();
    }
  });

  it('has a plain url without a password, and no unix url without a socket', async () => {
    const redis = await startLocalRedis();
    try {
      expect(redis.url()).toBe(`redis://127.0.0.1:${redis.port}/0`);
      expect(() => redis.unixUrl()).toThrow(expect.objectContaining({ code: 'LOCAL_SENTINEL_INVALID_OPTION' }));
    } finally {
      await redis.stop();
    }
  });

  it('leaves neither process nor folder after stop(), which may be called again', async () => {
    const redis = await startLocalRedis({ replicas: 1 });
    const pids = redis.nodes.map((node) => Number(node.pid));
    await redis.primary.hang();
    await Promise.all([redis.stop(), redis.stop()]);
    await redis.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(redis.folder)).toBe(false);
    await expect(redis.restart()).rejects.toMatchObject({ code: 'LOCAL_SENTINEL_STOPPED' });
  });
});
