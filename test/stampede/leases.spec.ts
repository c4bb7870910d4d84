import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { startLocalRedis, type LocalNode, type LocalRedis } from 'local-sentinel';
import { createCaches, type DjangoSettings, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

import { until } from '../connection/until.js';
import { startSentinelFixture, pastedSettings, replicated, type SentinelFixture } from '../failover/sentinel-fixture.js';

/** Names of leases: channels who listens to, and keys. */
const LEASES = '*lease*';
const heard = async (node: LocalRedis | LocalNode): Promise<number> =>
  ((await node.command('PUBSUB', 'CHANNELS', LEASES)) as unknown[]).length;

/** A function that ends when the test says so. */
function controlled<T>() {
  let end!: (value: T) => void;
  let runs = 0;
  const make = (): Promise<T> => {
    runs += 1;
    return new Promise((resolve) => (end = resolve));
  };
  return { make, end: (value: T) => end(value), runs: () => runs };
}

/** Hears what is said on the channels of leases. */
async function overhear({ port }: LocalRedis): Promise<{ readonly said: () => number; readonly close: () => Socket }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => (text += String(data)));
  socket.write(`PSUBSCRIBE ${LEASES}\r\n`);
  await until(() => text.includes('psubscribe'));
  return { said: () => text.split('pmessage').length - 1, close: () => socket.destroy() };
}

describe.each([
  ['without tags', {}, 1],
  ['with tags', { tags: true }, 2],
])('leases on one Redis, %s', (_title, tagging, scripts) => {
  let redis: LocalRedis;
  const opened: SentinelCaches[] = [];
  const cacheOf = (url: string, options: Record<string, unknown> = {}): SentinelCache => {
    const settings: DjangoSettings = {
      default: { BACKEND: 'redis', LOCATION: url, KEY_PREFIX: 'app', OPTIONS: { deadline: '20s', ...tagging, ...options } },
    };
    const caches = createCaches(settings);
    opened.push(caches);
    return caches.get();
  };
  const leases = async (): Promise<number> => ((await redis.command('KEYS', LEASES)) as unknown[]).length;
  const asked = async (): Promise<number> =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(await redis.command('INFO', 'commandstats')))?.[1] ?? 0);
  beforeAll(async () => {
    redis = await startLocalRedis();
    await redis.command('ACL', 'SETUSER', 'app', 'on', '>secret', 'resetchannels', '~app:*', '+@all', '-@dangerous');
  });
  afterAll(() => redis?.stop());
  beforeEach(() => redis.command('FLUSHALL'));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((caches) => caches.close()));
  });

  it('who waits listens for the lease on a connection of its own, and asks no more than once a second', async () => {
    const [mine, theirs] = [cacheOf(redis.url(0)), cacheOf(redis.url(0))];
    const slow = controlled<string>();
    const made = mine.getOrSet('k', slow.make, 60, { lock: '60s' });
    await until(() => slow.runs() === 1);
    const waiting = theirs.getOrSet('k', slow.make, 60, { lock: '60s' });
    await until(async () => (await heard(redis)) === 1);
    const [before, startedAtMs] = [await asked(), performance.now()];
    await until(() => performance.now() - startedAtMs > 3000);
    const seconds = (performance.now() - startedAtMs) / 1000;
    expect((await asked()) - before).toBeLessThanOrEqual(scripts * (Math.ceil(seconds) + 2));
    slow.end('made');
    expect([await made, await waiting, slow.runs()]).toEqual(['made', 'made', 1]);
    // One that nobody waits for is not listened to.
    await until(async () => (await heard(redis)) === 0);
  });

  it('a lease that is given back is announced on its channel: after storing, after a failure, and by a delete', async () => {
    const cache = cacheOf(redis.url(0));
    const { said, close } = await overhear(redis);
    try {
      await cache.getOrSet('k', () => 'stored', 60, { lock: true });
      await until(() => said() === 1);
      await cache.getOrSet('failing', () => Promise.reject(new Error('no')), 60, { lock: true }).catch(() => undefined);
      await until(() => said() === 2);
      for (const [number, end] of [
        () => cache.delete('x'),
        () => cache.deleteMany(['x', 'y']),
        () => cache.set('x', 1, 0),
      ].entries()) {
        const slow = controlled<string>();
        const made = cache.getOrSet('x', slow.make, 60, { lock: true });
        await until(() => slow.runs() === 1);
        await end();
        await until(() => said() === 3 + number);
        slow.end('made');
        await made;
      }
    } finally {
      close();
    }
  });

  it('a function that keeps the process busy for longer than its lease has made the value all the same', async () => {
    const cache = cacheOf(redis.url(0));
    for (const older of [undefined, 'old']) {
      await cache.delete('k');
      if (older) await cache.set('k', older, 30);
      const busy = (): string => {
        const endsAtMs = performance.now() + 400;
        while (performance.now() < endsAtMs);
        return 'new';
      };
      expect(await cache.getOrSet('k', busy, 60, { lock: '100ms', grace: 60, softTimeout: '60s' })).toBe('new');
      expect(await cache.get('k')).toBe('new');
    }
  });

  it('a Redis that hangs once the value is made costs no more than hardTimeout, and no value', async () => {
    const cache = cacheOf(redis.url(0), { deadline: '60s' });
    for (const options of [
      { hardTimeout: '2s' },
      { hardTimeout: '2s', lock: true },
      { softTimeout: '2s', grace: 60, lock: true },
    ]) {
      const key = JSON.stringify(options);
      if ('grace' in options) await cache.set(key, ['old'], 30);
      const startedAtMs = performance.now();
      const make = async (): Promise<string[]> => {
        await redis.hang();
        return ['made'];
      };
      const calls = [1, 2].map(() => cache.getOrSet(key, make, 60, options));
      try {
        const [one, two] = await Promise.all(calls);
        expect([one, two]).toEqual([['made'], ['made']]);
        expect(one).not.toBe(two);
        expect(performance.now() - startedAtMs).toBeLessThan(40_000);
      } finally {
        await redis.resume();
      }
      await until(async () => (await leases()) === 0);
      expect(await cache.get(key)).toEqual(['made']);
    }
  });

  it('who fails while Redis hangs is not held up by its lease', async () => {
    const cache = cacheOf(redis.url(0), { deadline: '60s' });
    const failing = async (): Promise<string> => {
      await redis.hang();
      throw new Error('no database');
    };
    const startedAtMs = performance.now();
    try {
      await expect(cache.getOrSet('k', failing, 60, { lock: true })).rejects.toThrow('no database');
      expect(performance.now() - startedAtMs).toBeLessThan(40_000);
    } finally {
      await redis.resume();
    }
    await until(async () => (await leases()) === 0);
  });

  it('a message wakes who waits: deleted by hand and announced, the lease is taken at once', async () => {
    const [mine, theirs] = [cacheOf(redis.url(0)), cacheOf(redis.url(0))];
    const [slow, next] = [controlled<string>(), controlled<string>()];
    const made = mine.getOrSet('k', slow.make, 60, { lock: '60s' });
    await until(() => slow.runs() === 1);
    const waiting = theirs.getOrSet('k', next.make, 60, { lock: '60s' });
    await until(async () => (await heard(redis)) === 1);
    await mine.delete('k');
    await until(() => next.runs() === 1);
    next.end('newer');
    expect(await waiting).toBe('newer');
    slow.end('of older facts');
    expect([await made, await theirs.get('k')]).toEqual(['newer', 'newer']);
  });

  it('close() ends the wait for a lease of another process at once, and runs nothing', async () => {
    const mine = cacheOf(redis.url(0));
    const theirs = cacheOf(redis.url(0));
    const slow = controlled<string>();
    const made = mine.getOrSet('k', slow.make, 60, { lock: '60s' });
    await until(() => slow.runs() === 1);
    const waiting = theirs.getOrSet('k', slow.make, 60, { lock: '60s' }).catch((error: unknown) => error);
    await until(async () => (await heard(redis)) === 1);
    await opened.at(-1)!.close();
    // Without being woken it would hear of that a second later, when it asks again.
    const ended = await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve, 'waits'))]);
    expect([ended, slow.runs()]).toEqual([expect.objectContaining({ name: 'CacheUnavailableError', reason: 'closed' }), 1]);
    slow.end('made');
    expect(await made).toBe('made');
  });

  it('an ACL for the prefix is enough: without channels, a caller that waits asks once a second', async () => {
    const url = redis.url(0).replace('redis://', 'redis://app:secret@');
    const [mine, theirs] = [cacheOf(url), cacheOf(url)];
    const slow = controlled<string>();
    const made = mine.getOrSet('k', slow.make, 60, { lock: '60s' });
    await until(() => slow.runs() === 1);
    const before = await asked();
    let answer: string | undefined;
    void theirs.getOrSet('k', slow.make, 60, { lock: '60s' }).then((value) => (answer = value));
    // It has found the lease taken.
    await until(async () => (await asked()) >= before + scripts);
    slow.end('made');
    expect(await made).toBe('made');
    // Without messages it would wait half a minute for a turn of its own.
    await until(() => answer !== undefined, 20_000);
    expect([answer, slow.runs()]).toEqual(['made', 1]);
    expect(await mine.delete('k')).toBe(true);
  });

  it('the bytes are those of set, with and without grace; a lease is no entry, and clear ends it', async () => {
    const cache = cacheOf(redis.url(0));
    await cache.set('plain', { a: 1 }, 60);
    await cache.getOrSet('k', () => ({ a: 1 }), 60, { lock: true, grace: 30 });
    expect(await redis.command('GET', 'app:1:k')).toEqual(await redis.command('GET', 'app:1:plain'));
    expect(await cache.ttl('k')).toBeGreaterThan(60);
    await cache.delete('k');
    const slow = controlled<string>();
    const made = cache.getOrSet('k', slow.make, 60, { lock: true });
    await until(() => slow.runs() === 1);
    expect(await leases()).toBe(1);
    expect([await cache.keys('*'), await cache.deletePattern('*')]).toEqual([['plain'], 1]);
    expect(await leases()).toBe(0);
    slow.end('late');
    expect([await made, await cache.has('k')]).toEqual(['late', false]);
  });

  it('deleteMany counts entries, and no leases', async () => {
    const cache = cacheOf(redis.url(0));
    await cache.getOrSet('a', () => 1, 60, { lock: true });
    await cache.set('b', 1);
    expect(await cache.deleteMany(['a', 'b', 'c'])).toBe(2);
  });

  it('what was deleted by Django, or overwritten, while a new value was made for an older one is not replaced', async () => {
    const cache = cacheOf(redis.url(0));
    for (const [command, ...args] of [['DEL'], ['SET', 'theirs']] as const) {
      await redis.command('SET', 'app:1:k', '1', 'PX', '20000');
      const slow = controlled<number>();
      const options = { grace: 60, lock: true } as const;
      expect(await cache.getOrSet('k', slow.make, 60, options)).toBe(1);
      await until(() => slow.runs() === 1);
      await redis.command(command, 'app:1:k', ...args);
      slow.end(2);
      await until(async () => (await leases()) === 0);
      expect(await redis.command('GET', 'app:1:k')).toEqual(args[0] ?? null);
    }
  });

  it('during an outage that IGNORE_EXCEPTIONS ignores the function runs once per process', async () => {
    const cache = cacheOf(redis.url(0), { IGNORE_EXCEPTIONS: true, deadline: '1s' });
    await cache.get('warm');
    await redis.hang();
    try {
      const slow = controlled<string>();
      const calls = [1, 2, 3].map(() => cache.getOrSet('k', slow.make, 60, { lock: true, grace: 10 }));
      await until(() => slow.runs() > 0);
      slow.end('made');
      expect([await Promise.all(calls), slow.runs()]).toEqual([['made', 'made', 'made'], 1]);
    } finally {
      await redis.resume();
    }
  });
});

describe('leases while the primary is killed with SIGKILL', () => {
  let at: SentinelFixture;
  let others: SentinelCaches;
  beforeAll(async () => {
    at = await startSentinelFixture();
    others = createCaches(pastedSettings(at.topology));
  });
  afterAll(async () => {
    await others?.close();
    await at?.stop();
  });

  it('who waits gets the value after the failover, and nobody is rejected', async () => {
    const { cache, topology, recording } = at;
    const slow = controlled<string>();
    const again = jest.fn(() => 'made');
    const made = cache.getOrSet('k', slow.make, 60, { lock: '60s' });
    await until(() => slow.runs() === 1);
    const waiting = others.get().getOrSet('k', again, 60, { lock: '60s' });
    await until(async () => (await heard(topology.primary)) === 1);
    await replicated(topology);
    const change = recording.firstSwitch('mymaster', { timeoutMs: 60_000 });
    await topology.primary.kill();
    await change;
    // Where the outage was longer than a call may take, the other one makes its own.
    await until(async () => (await cache.set('probe', 1).catch(() => false)) === true);
    slow.end('made');
    expect([await made, await waiting]).toEqual(['made', 'made']);
    expect([await cache.get('k'), slow.runs(), again.mock.calls.length <= 1]).toEqual(['made', 1, true]);
  });
});
