import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getEventListeners, getMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CacheUnavailableError,
  createCaches,
  InvalidArgumentError,
  LockError,
  type CacheLock,
  type CachesSetting,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { startLossyProxy, type LossyProxy } from './support/lossy-proxy.js';
import { rejectionOf, until } from './support/waiting.js';

/** Seconds; longer than any test here takes. */
const LONG = 60;
/** From how many listeners on Node warns; 0: never, which Node 20 can set and not say. */
const mostListeners = (signal: AbortSignal): number => {
  try {
    return getMaxListeners(signal as never);
  } catch {
    return 0;
  }
};
const HEX = /^[0-9a-f]{32}$/;

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
});
afterAll(async () => {
  await redis?.stop();
});

/** A quiet deadline: what is slow here is the machine. */
const onRedis = (options: Record<string, unknown> = {}): CachesSetting[string] => ({
  BACKEND: 'redis',
  LOCATION: redis.url(2),
  KEY_PREFIX: 'p',
  OPTIONS: { deadline: '5s', ...options },
});
const onLocmem = (): CachesSetting[string] => ({ BACKEND: 'locmem', LOCATION: 'locks', KEY_PREFIX: 'p' });

/** How many timers this process waits for. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** A connection's own timers come and go; one that a lock left would stay for half a minute. */
async function noTimerMoreThan(before: number): Promise<void> {
  await until('no timer is left', () => timers() <= before);
}

describe.each([
  ['Redis', onRedis],
  ['locmem', onLocmem],
] as const)('a lock on %s', (kind, setting) => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let others: SentinelCaches;
  let peer: SentinelCache;

  beforeAll(() => {
    caches = createCaches({ default: setting() });
    cache = caches.get();
    others = kind === 'locmem' ? caches : createCaches({ default: setting() });
    peer = others.get();
  });
  afterAll(async () => {
    await caches?.close();
    await others?.close();
  });
  beforeEach(async () => {
    await cache.clear({ database: true });
  });

  /** Its life is over when this resolves. */
  async function outlive(lock: CacheLock): Promise<void> {
    await until('the lock has run out', async () => !(await lock.locked()));
  }

  it('A-57: is not taken before acquire, stands under the versioned and prefixed key, and lives for ever without a timeout', async () => {
    const lock = cache.lock('l');
    expect([await lock.locked(), await lock.owned()]).toEqual([false, false]);
    expect(lock.key).toBe('p:1:l');
    expect(cache.lock('l', { version: 2 }).key).toBe('p:2:l');
    expect(await lock.acquire()).toBe(true);
    expect([await lock.locked(), await lock.owned(), await cache.has('l'), await cache.pttl('l')]).toEqual([
      true,
      true,
      true,
      null,
    ]);
    await lock.release();
    expect([await lock.locked(), await lock.owned()]).toEqual([false, false]);
  });

  it('A-57: excludes the same name of another connection, and no other version', async () => {
    const lock = cache.lock('l', { timeout: LONG });
    const theirs = peer.lock('l', { timeout: LONG, blocking: false });
    await lock.acquire();
    expect(await theirs.acquire()).toBe(false);
    expect([await theirs.locked(), await theirs.owned()]).toEqual([true, false]);
    expect(await peer.lock('l', { version: 2, blocking: false }).acquire()).toBe(true);
    await lock.release();
    expect(await theirs.acquire()).toBe(true);
  });

  it('A-58: has the life of its timeout', async () => {
    await cache.lock('l', { timeout: LONG }).acquire();
    expect(await cache.pttl('l')).toBeGreaterThan(LONG * 1000 - 20_000);
    expect(await cache.pttl('l')).toBeLessThanOrEqual(LONG * 1000);
    await cache.lock('m', { timeout: '1500ms' }).acquire();
    expect(await cache.pttl('m')).toBeLessThanOrEqual(1500);
  });

  it('A-58: release of what is not locked, or no longer ours, is a LockError and leaves the other´s lock', async () => {
    const lock = cache.lock('l', { timeout: 0.02 });
    const unlocked = await rejectionOf(lock.release());
    expect(unlocked).toBeInstanceOf(LockError);
    expect(unlocked).toMatchObject({ code: 'SENTINEL_CACHE_LOCK', reason: 'not-held', executed: false, alias: 'default' });
    await lock.acquire();
    await outlive(lock);
    const theirs = peer.lock('l', { timeout: LONG });
    await theirs.acquire();
    expect(await rejectionOf(lock.release())).toMatchObject({ code: 'SENTINEL_CACHE_LOCK', reason: 'lost', key: 'p:1:l' });
    expect(await theirs.owned()).toBe(true);
    expect(await rejectionOf(lock.release())).toMatchObject({ reason: 'not-held' });
  });

  it('A-58: extend adds to what is left, or replaces it; reacquire gives the whole timeout again', async () => {
    const lock = cache.lock('l', { timeout: 100 });
    await lock.acquire();
    await lock.extend(200);
    expect(await cache.pttl('l')).toBeGreaterThan(280_000);
    expect(await cache.pttl('l')).toBeLessThanOrEqual(300_000);
    await lock.extend('50s', { replace: true });
    expect(await cache.pttl('l')).toBeLessThanOrEqual(50_000);
    await lock.reacquire();
    expect(await cache.pttl('l')).toBeGreaterThan(80_000);
    expect(await cache.pttl('l')).toBeLessThanOrEqual(100_000);
  });

  it('A-50, A-58: a life of thousands of years, added to itself, can still be asked for', async () => {
    const lock = cache.lock('eternal', { timeout: 9e12 });
    await lock.acquire();
    await lock.extend(9e12);
    expect(await cache.pttl('eternal')).toBeGreaterThan(1.7e16);
    expect(await cache.ttl('eternal')).toBeGreaterThan(1.7e13);
    await lock.release();
  });

  it('A-58: extend and reacquire of what is not ours is a LockError and changes nothing', async () => {
    const lock = cache.lock('l', { timeout: 0.02 });
    expect(await rejectionOf(lock.extend(1))).toMatchObject({ reason: 'not-held' });
    await lock.acquire();
    await outlive(lock);
    await peer.lock('l', { timeout: 7 }).acquire();
    expect(await rejectionOf(lock.extend(LONG))).toMatchObject({ code: 'SENTINEL_CACHE_LOCK', reason: 'lost' });
    expect(await rejectionOf(lock.reacquire())).toMatchObject({ reason: 'lost' });
    expect(await cache.pttl('l')).toBeLessThanOrEqual(7000);
    const eternal = cache.lock('m');
    await eternal.acquire();
    expect(await rejectionOf(eternal.extend(1))).toMatchObject({ reason: 'no-timeout' });
    expect(await rejectionOf(eternal.reacquire())).toMatchObject({ reason: 'no-timeout' });
    expect(await cache.pttl('m')).toBeNull();
  });

  it('A-58: waits until the lock is free, and takes it', async () => {
    const lock = cache.lock('l', { timeout: LONG });
    await lock.acquire();
    const waiting = peer.lock('l', { timeout: LONG, sleep: 0.01 }).acquire();
    await pause(30);
    await lock.release();
    expect(await waiting).toBe(true);
  });

  it('A-58: gives up after blockingTimeout, and leaves no timer', async () => {
    await peer.lock('l').acquire();
    const before = timers();
    const startedAtMs = performance.now();
    expect(await cache.lock('l', { blockingTimeout: 0.2, sleep: 30 }).acquire()).toBe(false);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(199);
    await noTimerMoreThan(before);
    expect(await cache.lock('l', { blockingTimeout: 0 }).acquire()).toBe(false);
  });

  it('what acquire is given replaces what the lock was made with', async () => {
    await peer.lock('l').acquire();
    const lock = cache.lock('l', { timeout: LONG });
    expect(await lock.acquire({ blocking: false })).toBe(false);
    expect(await lock.acquire({ blockingTimeout: '20ms' })).toBe(false);
  });

  it('an abort ends the waiting with CacheUnavailableError `aborted`, and leaves neither timer nor lock', async () => {
    const held = peer.lock('l', { timeout: LONG });
    await held.acquire();
    const before = timers();
    const controller = new AbortController();
    const waiting = rejectionOf(cache.lock('l', { sleep: 30, signal: controller.signal }).acquire());
    await pause(20);
    controller.abort(new Error('enough'));
    const error = await waiting;
    expect(error).toBeInstanceOf(CacheUnavailableError);
    expect(error).toMatchObject({ reason: 'aborted', executed: false, cause: { message: 'enough' } });
    await noTimerMoreThan(before);
    await held.release();
    expect(await rejectionOf(cache.lock('l').acquire({ signal: controller.signal }))).toMatchObject({ reason: 'aborted' });
    expect(await held.locked()).toBe(false);
  });

  it('one signal ends any number of waits and runs without a warning, and a wait of months is one', async () => {
    const held = cache.lock('crowd', { timeout: LONG });
    await held.acquire();
    const leaving = new AbortController();
    const { signal } = leaving;
    const patient = (): CacheLock => cache.lock('crowd', { timeout: LONG, sleep: '60d', signal });
    const waiting = Array.from({ length: 50 }, () => rejectionOf(patient().acquire()));
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => cache.lock(`crowd:${i}`, { timeout: LONG, signal }).run(() => pause(1))),
    );
    expect(mostListeners(signal)).toBe(0);
    await held.release();
    await pause(20);
    expect(await held.locked()).toBe(false);
    leaving.abort();
    expect((await Promise.all(waiting)).every(({ reason }) => reason === 'aborted')).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('an abort while the attempt is on its way leaves no lock behind', async () => {
    const controller = new AbortController();
    const waiting = rejectionOf(cache.lock('l', { signal: controller.signal }).acquire());
    controller.abort();
    expect(await waiting).toMatchObject({ reason: 'aborted', executed: false });
    expect(await cache.has('l')).toBe(false);
  });

  it('run gives back the result, holds the lock meanwhile, and releases it with no timer left', async () => {
    const before = timers();
    const lock = cache.lock('l', { timeout: LONG });
    const result = await lock.run(async (signal) => {
      expect([await lock.owned(), await peer.lock('l').locked(), signal.aborted]).toEqual([true, true, false]);
      await lock.extend(5);
      return 7;
    });
    expect(result).toBe(7);
    expect([await lock.locked(), await lock.owned()]).toEqual([false, false]);
    await noTimerMoreThan(before);
  });

  it('run of a lock that somebody else has is a LockError `not-acquired`, and does not begin', async () => {
    await peer.lock('l').acquire();
    let began = false;
    const work = cache.lock('l', { blockingTimeout: 0.02 }).run(() => {
      began = true;
    });
    expect(await rejectionOf(work)).toMatchObject({ code: 'SENTINEL_CACHE_LOCK', reason: 'not-acquired' });
    expect(began).toBe(false);
  });

  it('run tells an error of the work as it is, and releases; also when the lock is lost', async () => {
    const lock = cache.lock('l', { timeout: LONG });
    const broken = new Error('broken');
    expect(await rejectionOf(lock.run(() => Promise.reject(broken)))).toBe(broken);
    expect(await lock.locked()).toBe(false);
    const work = lock.run(async () => {
      await cache.delete('l');
      throw broken;
    });
    expect(await rejectionOf(work)).toBe(broken);
  });

  it('run tells that the lock was lost meanwhile', async () => {
    const lock = cache.lock('l', { timeout: LONG });
    const work = lock.run(async () => {
      await cache.delete('l');
      await peer.lock('l', { timeout: LONG }).acquire();
    });
    expect(await rejectionOf(work)).toMatchObject({ code: 'SENTINEL_CACHE_LOCK', reason: 'lost' });
    expect(await lock.locked()).toBe(true);
  });

  it('the signal of run fires when the lock runs out, when it is found lost, and with the caller´s own', async () => {
    const fired = (signal: AbortSignal): Promise<unknown> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));
    let reason: unknown;
    const brief = cache.lock('l', { timeout: 0.05 }).run(async (signal) => {
      reason = await fired(signal);
    });
    // By Redis' clock it may be ours for a moment longer.
    await brief.catch(() => undefined);
    expect(reason).toMatchObject({ code: 'SENTINEL_CACHE_LOCK', reason: 'lost' });

    const stolen = cache.lock('m', { timeout: LONG });
    const stolenWork = stolen.run(async (signal) => {
      await cache.delete('m');
      await rejectionOf(stolen.extend(1));
      reason = signal.reason;
    });
    await rejectionOf(stolenWork);
    expect(reason).toMatchObject({ reason: 'lost' });

    const controller = new AbortController();
    await cache.lock('n', { timeout: LONG, signal: controller.signal }).run(async (signal) => {
      controller.abort('stop');
      reason = signal.reason;
    });
    expect(reason).toBe('stop');
  });

  it('extend keeps the signal of run quiet beyond the first timeout', async () => {
    const lock = cache.lock('l', { timeout: 0.3 });
    const aborted = await lock.run(async (signal) => {
      await lock.extend(LONG);
      await pause(400);
      return signal.aborted;
    });
    expect(aborted).toBe(false);
  });

  it('runs of one object exclude each other, and each has its turn', async () => {
    const lock = cache.lock('l', { timeout: LONG, sleep: 0.005 });
    let inside = 0;
    let most = 0;
    const runs = Array.from({ length: 10 }, (_, i) =>
      lock.run(async () => {
        most = Math.max(most, (inside += 1));
        await pause(2);
        inside -= 1;
        return i;
      }),
    );
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(1);
  });

  it('a run that lost its lock can not extend, release or take for its own what a later one of the same object got', async () => {
    const lock = cache.lock('l', { timeout: LONG, sleep: 0.005 });
    let later: Promise<boolean> | undefined;
    const work = lock.run(async () => {
      await cache.delete('l');
      later = lock.acquire();
      await later;
      expect(await lock.owned()).toBe(false);
      expect(await rejectionOf(lock.extend(1))).toMatchObject({ reason: 'lost' });
      expect(await rejectionOf(lock.release())).toMatchObject({ reason: 'lost' });
    });
    expect(await rejectionOf(work)).toMatchObject({ reason: 'lost' });
    expect(await lock.owned()).toBe(true);
    await lock.release();
  });

  it('Symbol.asyncDispose releases what is held, and nothing else', async () => {
    const lock = cache.lock('l', { timeout: LONG });
    await lock[Symbol.asyncDispose]();
    await lock.acquire();
    await lock[Symbol.asyncDispose]();
    expect(await lock.locked()).toBe(false);
  });

  it.each([
    ['timeout 0', { timeout: 0 }],
    ['timeout NaN', { timeout: Number.NaN }],
    ['sleep 0', { sleep: 0 }],
    ['sleep null', { sleep: null }],
    ['blockingTimeout of a word', { blockingTimeout: 'soon' as never }],
    ['signal of a controller', { signal: new AbortController() as never }],
  ])('refuses %s when it is made', (_, options) => {
    expect(() => cache.lock('l', options)).toThrow(InvalidArgumentError);
  });
});

describe('a lock in Redis', () => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  beforeAll(async () => {
    caches = createCaches({
      default: onRedis(),
      brief: onRedis({ deadline: '1s' }),
      ignoring: onRedis({ IGNORE_EXCEPTIONS: true, deadline: '1s' }),
      dummy: { BACKEND: 'dummy' },
    });
    cache = caches.get();
    await cache.clear({ database: true });
    await redis.command('SELECT', 2);
  });
  afterAll(() => caches?.close());

  it('A-58: is a raw token of 32 lower-case hex digits, another one each time', async () => {
    const tokens = new Set<string>();
    for (let i = 0; i < 3; i += 1) {
      await cache.lock('raw', { timeout: LONG }).run(async () => void tokens.add(String(await redis.command('GET', 'p:1:raw'))));
    }
    expect([...tokens].every((token) => HEX.test(token))).toBe(true);
    expect(tokens.size).toBe(3);
  });

  it('A-58: a token that Django wrote keeps us out, and ours keeps Django out', async () => {
    await redis.command('SET', 'p:1:shared', 'c0ffee00c0ffee00c0ffee00c0ffee00', 'NX', 'PX', 60_000);
    expect(await cache.lock('shared', { blocking: false }).acquire()).toBe(false);
    await redis.command('DEL', 'p:1:shared');
    await cache.lock('shared', { timeout: LONG }).acquire();
    expect(await redis.command('SET', 'p:1:shared', 'c0ffee00c0ffee00c0ffee00c0ffee00', 'NX', 'PX', 60_000)).toBeNull();
  });

  it('stays strict under IGNORE_EXCEPTIONS, and on a dummy everybody gets it', async () => {
    const dummy = caches.get('dummy').lock('l', { timeout: LONG });
    expect([await dummy.acquire(), await dummy.acquire(), await dummy.owned()]).toEqual([true, true, true]);
    expect(await dummy.run(() => 1)).toBe(1);
    await dummy.extend(1);
    await dummy.release();
    const lock = caches.get('ignoring').lock('strict', { blocking: false });
    await caches.get('ignoring').set('warm', 1);
    await redis.hang();
    try {
      expect(await rejectionOf(lock.acquire())).toBeInstanceOf(CacheUnavailableError);
      expect(await rejectionOf(lock.locked())).toBeInstanceOf(CacheUnavailableError);
    } finally {
      await redis.resume();
    }
  });

  describe('whose reply is lost with the connection', () => {
    let proxy: LossyProxy;
    let behind: SentinelCaches;
    beforeAll(async () => {
      proxy = await startLossyProxy(redis);
      behind = createCaches({ default: { ...onRedis(), LOCATION: `redis://:admin@${proxy.host}:${proxy.port}/2` } });
    });
    afterAll(async () => {
      await behind?.close();
      await proxy?.stop();
    });

    it.each([LONG, null])('is known by its own token when it was taken (timeout %p)', async (timeout) => {
      await behind.get().get('warm');
      const lock = behind.get().lock(`lost:${timeout}`, { timeout, blocking: false });
      proxy.loseReplyTo('SET');
      expect(await lock.acquire()).toBe(true);
      expect(await lock.owned()).toBe(true);
      await lock.release();
    });

    it('is known by the other´s token when it was not', async () => {
      const theirs = cache.lock('lost:taken', { timeout: LONG });
      await theirs.acquire();
      await behind.get().get('warm');
      proxy.loseReplyTo('SET');
      expect(await behind.get().lock('lost:taken', { timeout: LONG, blocking: false }).acquire()).toBe(false);
      expect(await theirs.owned()).toBe(true);
    });

    it('is released when the reply to the release is lost, by asking again', async () => {
      const lock = behind.get().lock('lost:release', { timeout: LONG });
      await lock.acquire();
      proxy.loseReplyTo('EVALSHA');
      await lock.release();
      expect(await lock.locked()).toBe(false);
    });

    it('stays unknown at its release where somebody else has it then', async () => {
      const lock = behind.get().lock('lost:other', { timeout: LONG });
      await lock.acquire();
      await cache.command('SET', lock.key, 'theirs');
      proxy.loseReplyTo('EVALSHA');
      expect(await rejectionOf(lock.release())).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: 'unknown' });
      expect(await rejectionOf(lock.release())).toMatchObject({ code: 'SENTINEL_CACHE_LOCK', reason: 'lost' });
    });
  });

  it('is asked for again when the connection broke before it was taken', async () => {
    await cache.get('warm');
    const lock = cache.lock('settled', { timeout: LONG, blocking: false });
    await redis.command('CLIENT', 'PAUSE', 300, 'WRITE');
    const acquiring = lock.acquire();
    await pause(50);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await acquiring).toBe(true);
    expect(await lock.owned()).toBe(true);
    await lock.release();
  });

  it('a wait with a limit outlasts an outage; without one it is told, as what is unknown', async () => {
    const brief = caches.get('brief');
    await brief.get('warm');
    await redis.hang();
    const patient = brief.lock('patient', { timeout: LONG, blockingTimeout: 20 }).acquire();
    const impatient = await rejectionOf(brief.lock('impatient', { timeout: LONG }).acquire());
    expect(impatient).toBeInstanceOf(CacheUnavailableError);
    expect(['unknown', false]).toContain(impatient.executed);
    const limited = await rejectionOf(brief.lock('limited', { timeout: LONG, blockingTimeout: 0.1 }).acquire());
    expect(limited).toBeInstanceOf(CacheUnavailableError);
    await redis.resume();
    expect(await patient).toBe(true);
  });

  it('can be released and extended while Redis is full', async () => {
    const lock = cache.lock('full', { timeout: LONG });
    await lock.acquire();
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      expect(await rejectionOf(cache.lock('more').acquire())).toMatchObject({ redisCode: 'OOM', executed: false });
      await lock.extend(LONG);
      await lock.release();
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await lock.locked()).toBe(false);
  });
});
