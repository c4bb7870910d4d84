import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { IGNORED_ERRORS, type IgnoredError } from '../../telemetry/channels.js';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { createCaches } from '../create-caches.js';
import type { FactoryContext } from '../entry/cache-options.js';
import type { SentinelCache } from '../sentinel-cache.js';
import type { SentinelCaches } from '../sentinel-caches.js';

const never = (): Promise<string> => new Promise(() => undefined);
const DEADLINE = { code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'deadline', executed: false };

/** A function whose end the test decides. */
function controlled<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const contexts: FactoryContext<T>[] = [];
  const make = (context: FactoryContext<T>): Promise<T> => {
    contexts.push(context);
    return new Promise<T>((...ends) => ([resolve, reject] = ends));
  };
  return { make, contexts, end: (value: T) => resolve(value), fail: (error: Error) => reject(error) };
}

let caches: SentinelCaches;
let cache: SentinelCache;
let ignored: IgnoredError[];
const listener = (event: unknown): void => void ignored.push(event as IgnoredError);
beforeEach(() => {
  jest.useFakeTimers();
  ignored = [];
  subscribe(IGNORED_ERRORS, listener);
  const OPTIONS = { CLIENT_CLASS: 'django_redis.client.HerdClient' };
  caches = createCaches({
    CACHES: {
      default: { BACKEND: 'locmem', LOCATION: 'shared' },
      // The same entries, from what could be another process.
      other: { BACKEND: 'locmem', LOCATION: 'shared' },
      tagged: { BACKEND: 'locmem', LOCATION: 'tagged', OPTIONS: { tags: true } },
      'other tagged': { BACKEND: 'locmem', LOCATION: 'tagged', OPTIONS: { tags: true } },
      dummy: { BACKEND: 'dummy' },
      herd: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: 'redis://127.0.0.1:1/0', OPTIONS },
    },
  });
  cache = caches.get();
});
afterEach(async () => {
  unsubscribe(IGNORED_ERRORS, listener);
  jest.useRealTimers();
  await caches.close();
});
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('grace', () => {
  const GRACE = { grace: 30 };

  it('keeps an entry past its timeout: it is the answer at once, and one caller makes a new one behind it', async () => {
    expect(await cache.getOrSet('k', () => ['old'], 10, GRACE)).toEqual(['old']);
    expect(await cache.ttl('k')).toBe(40);
    await pass(10_000);
    const next = controlled<string[]>();
    const answers = await Promise.all([1, 2, 3].map(() => cache.getOrSet('k', next.make, 10, GRACE)));
    expect([answers, next.contexts.length]).toEqual([[['old'], ['old'], ['old']], 1]);
    expect(new Set(answers).size).toBe(3);
    next.end(['new']);
    await pass(0);
    expect(await cache.getOrSet('k', never, 10, GRACE as object)).toEqual(['new']);
    expect(await cache.ttl('k')).toBe(40);
  });

  it('gives the function a copy of the older value, a stored None included', async () => {
    await cache.getOrSet<string[] | null>('k', () => ['old'], 10, GRACE);
    await cache.getOrSet<string | null>('none', () => null, 10, GRACE);
    await pass(10_000);
    const seen: unknown[] = [];
    const look = ({ stale }: FactoryContext<unknown>): string => `made of ${seen.push(stale)}`;
    const older = await cache.getOrSet<unknown>('k', look, 10, GRACE);
    await cache.getOrSet<unknown>('none', look, 10, GRACE);
    await cache.getOrSet<unknown>('missing', look, 10, GRACE);
    expect(seen).toEqual([['old'], null, undefined]);
    expect(seen[0]).not.toBe(older);
  });

  it('is the answer where making a new one fails; the error is published, and the next caller tries again', async () => {
    await cache.getOrSet('k', () => 'old', 10, GRACE);
    await pass(10_000);
    const options = { ...GRACE, softTimeout: '5s' };
    const failing = jest.fn(() => Promise.reject(new Error('no database')));
    expect(await cache.getOrSet<string>('k', failing, 10, options)).toBe('old');
    expect(await cache.getOrSet<string>('k', failing, 10, options)).toBe('old');
    expect(failing).toHaveBeenCalledTimes(2);
    expect(ignored.map(({ operation, error }) => [operation, (error as Error).message])).toEqual([
      ['getOrSet', 'no database'],
      ['getOrSet', 'no database'],
    ]);
    await pass(30_000);
    await expect(cache.getOrSet<string>('k', failing, 10, options)).rejects.toThrow('no database');
  });

  it('softTimeout waits for the new value for a while; the function goes on behind the older one', async () => {
    await cache.getOrSet('k', () => 'old', 10, GRACE);
    await pass(10_000);
    const next = controlled<string>();
    const options = { ...GRACE, softTimeout: '200ms' };
    let answer: string | undefined;
    void cache.getOrSet('k', next.make, 10, options).then((value) => (answer = value));
    await pass(199);
    expect(answer).toBeUndefined();
    await pass(1);
    expect(answer).toBe('old');
    expect(next.contexts[0]!.signal.aborted).toBe(false);
    next.end('new');
    await pass(0);
    expect(await cache.get('k')).toBe('new');
    await pass(10_000);
    expect(await cache.getOrSet('k', () => 'in time', 10, options)).toBe('in time');
  });

  it('for ever has no grace, 0 stores nothing', async () => {
    await cache.getOrSet('k', () => 'v', null, GRACE);
    expect(await cache.ttl('k')).toBeNull();
    expect(await cache.getOrSet('gone', () => 'v', 0, GRACE)).toBe('v');
    expect(await cache.has('gone')).toBe(false);
  });
});

describe('hardTimeout', () => {
  it('ends each caller´s waiting; the signal aborts; what is made all the same is stored', async () => {
    const slow = controlled<string>();
    const calls = [1, 2].map(() => cache.getOrSet('k', slow.make, 10, { hardTimeout: '5s' }));
    const ends = Promise.allSettled(calls);
    await pass(4999);
    expect(slow.contexts[0]!.signal.aborted).toBe(false);
    await pass(2);
    for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: { ...DEADLINE, alias: 'default' } });
    expect([slow.contexts.length, slow.contexts[0]!.signal.aborted]).toEqual([1, true]);
    expect(slow.contexts[0]!.signal.reason).toMatchObject(DEADLINE);
    slow.end('late');
    await pass(0);
    expect([await cache.get('k'), jest.getTimerCount()]).toEqual(['late', 0]);
  });

  it('a function that never ends holds up nobody who comes later', async () => {
    const first = cache.getOrSet('k', never, 10, { hardTimeout: 1 });
    first.catch(() => undefined);
    await pass(500);
    const joined = cache.getOrSet('k', () => 'made by who joined', 10, { hardTimeout: 5 });
    await pass(501);
    await expect(first).rejects.toMatchObject(DEADLINE);
    expect(await joined).toBe('made by who joined');
  });

  it('each caller has its own: who joins with a shorter one does not wait for the longer', async () => {
    void cache.getOrSet('k', never, 10, { hardTimeout: 60 }).catch(() => undefined);
    const short = cache.getOrSet('k', never, 10, { hardTimeout: 1 });
    short.catch(() => undefined);
    await pass(1000);
    await expect(short).rejects.toMatchObject(DEADLINE);
    await pass(59_000);
  });

  it('with an older value that is the answer, not an error; an error that comes later is published', async () => {
    await cache.getOrSet('k', () => 'old', 10, { grace: 30 });
    await pass(10_000);
    const failing = controlled<string>();
    const answer = cache.getOrSet('k', failing.make, 10, { grace: 30, softTimeout: '1s', hardTimeout: '1s' });
    await pass(1000);
    expect(await answer).toBe('old');
    failing.fail(new Error('too late'));
    await pass(0);
    expect(ignored.map(({ error }) => (error as Error).message)).toEqual(['too late']);
  });
});

describe('earlyExpiry', () => {
  it('makes a new value before the timeout, the sooner the longer it took; callers get the one that is there', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(1 - Math.exp(-1));
    const slowly = (value: string) => async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return value;
    };
    const first = cache.getOrSet('k', slowly('first'), 10, { earlyExpiry: true });
    await pass(2000);
    expect(await first).toBe('first');
    await pass(7_900);
    const second = jest.fn(slowly('second'));
    expect(await cache.getOrSet('k', second, 10, { earlyExpiry: true })).toBe('first');
    expect(second).not.toHaveBeenCalled();
    await pass(200);
    expect(await Promise.all([1, 2].map(() => cache.getOrSet('k', second, 10, { earlyExpiry: true })))).toEqual([
      'first',
      'first',
    ]);
    await pass(2000);
    expect([second.mock.calls.length, await cache.get('k')]).toEqual([1, 'second']);
    random.mockRestore();
  });
});

describe.each([
  ['without tags', 'default', 'other'],
  ['with tags', 'tagged', 'other tagged'],
])('lock, %s', (_tags, name, others) => {
  const LOCK = { lock: '10s' };
  let other: SentinelCache;
  beforeEach(() => {
    [cache, other] = [caches.get(name), caches.get(others)];
  });

  it('of two who do not know of each other one makes the value; the other is woken', async () => {
    const slow = controlled<string[]>();
    const mine = cache.getOrSet('k', slow.make, 60, LOCK);
    const theirs = other.getOrSet('k', never as never, 60, LOCK);
    await pass(25_000);
    slow.end(['made']);
    await pass(0);
    expect([await mine, await theirs]).toEqual([['made'], ['made']]);
    await pass(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('when the one fails, the other makes it at once', async () => {
    const failing = controlled<string>();
    const mine = cache.getOrSet('k', failing.make, 60, LOCK);
    mine.catch(() => undefined);
    const theirs = other.getOrSet('k', () => 'second try', 60, LOCK);
    await pass(500);
    failing.fail(new Error('no'));
    await pass(0);
    await expect(mine).rejects.toThrow('no');
    expect(await theirs).toBe('second try');
  });

  it('a function that never ends holds the lease up to its hard timeout and no longer', async () => {
    const hanging = cache.getOrSet('k', never, 60, { lock: '2s', hardTimeout: '3s' });
    hanging.catch(() => undefined);
    await pass(1000);
    const theirs = other.getOrSet('k', () => 'made', 60, { lock: '2s', hardTimeout: '20s' });
    await pass(6000);
    expect(await theirs).toBe('made');
    await expect(hanging).rejects.toMatchObject(DEADLINE);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('what was deleted, or the whole cache cleared, while it was made is not stored', async () => {
    const removals = [() => cache.delete('k'), () => cache.deleteMany(['k']), () => cache.set('k', 1, 0), () => cache.clear()];
    const more = [() => cache.deletePattern('k*'), () => cache.clear({ database: true })];
    for (const remove of [...removals, ...more]) {
      const slow = controlled<string>();
      const made = cache.getOrSet('k', slow.make, 60, LOCK);
      await pass(10);
      await remove();
      slow.end('of older facts');
      expect([await made, await cache.get('k')]).toEqual(['of older facts', undefined]);
    }
  });

  it('what was written while it was made stays, and is what the callers get', async () => {
    const slow = controlled<string>();
    const made = cache.getOrSet('k', slow.make, 60, LOCK);
    await pass(10);
    await cache.set('k', 'theirs', 60);
    slow.end('ours');
    expect([await made, await cache.get('k')]).toEqual(['theirs', 'theirs']);
  });

  it('a lease that nobody has claimed since it ran out is as good as one in force: what is made is stored', async () => {
    for (const older of [undefined, 'old']) {
      await cache.delete('k');
      if (older) await cache.set('k', older, 3000);
      const slow = controlled<string>();
      const made = cache.getOrSet('k', slow.make, 60, { lock: '1s', grace: 3600, softTimeout: '1h' });
      await pass(50_000);
      slow.end('new');
      expect([await made, await cache.get('k')]).toEqual(['new', 'new']);
    }
  });

  it('a lease that was ended is not renewed any more, though the function runs', async () => {
    const slow = controlled<string>();
    const made = cache.getOrSet('k', slow.make, 60, { lock: '9s' });
    await pass(10);
    await other.delete('k');
    await pass(3000);
    expect(jest.getTimerCount()).toBe(0);
    slow.end('made');
    await made;
  });

  it('a delete is noticed after the lease ran out, too', async () => {
    const slow = controlled<string>();
    const made = cache.getOrSet('k', slow.make, 60, { lock: '1s' });
    await pass(50_000);
    await other.delete('k');
    slow.end('of older facts');
    expect([await made, await cache.get('k')]).toEqual(['of older facts', undefined]);
  });

  it('who lost the lease to another keeps what it made, until that one has stored something newer', async () => {
    await cache.set('k', 'old', 3000);
    const [slow, fast] = [controlled<string>(), controlled<string>()];
    const options = { lock: '1s', grace: 3600, softTimeout: '1h' };
    const first = cache.getOrSet('k', slow.make, 60, options);
    await pass(50_000);
    const second = other.getOrSet('k', fast.make, 60, options);
    await pass(10);
    slow.end('slow');
    expect([await first, await cache.get('k')]).toEqual(['slow', 'old']);
    fast.end('fast');
    expect([await second, await cache.get('k')]).toEqual(['fast', 'fast']);
  });

  it('a lease that is gone without a delete stands in no way where the older entry is still there', async () => {
    await cache.set('k', 'old', 3000);
    const slow = controlled<string>();
    const options = { lock: '1s', grace: 3600, softTimeout: '1h' };
    const made = cache.getOrSet('k', slow.make, 60, options);
    await pass(10_000);
    const failing = other.getOrSet<string>('k', () => Promise.reject(new Error('no')), 60, options);
    // The first one's is renewed for half a minute; then the other claims it, fails, and gives it back.
    await pass(60_000);
    expect(await failing).toBe('old');
    slow.end('new');
    expect([await made, await cache.get('k')]).toEqual(['new', 'new']);
  });

  it('a function that never ends holds the others up once, for half a minute at most', async () => {
    void cache.getOrSet('k', never, 60, { lock: '2s' });
    await pass(10);
    const made = other.getOrSet('k', () => 'made', 1, { lock: '2s' });
    let answer: string | undefined;
    void made.then((value) => (answer = value));
    await pass(29_000);
    expect(answer).toBeUndefined();
    await pass(4000);
    expect(answer).toBe('made');
    await pass(10_000);
    expect(await other.getOrSet('k', () => 'made at once', 1, { lock: '2s' })).toBe('made at once');
    await pass(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('who joins a value that is deleted while it is made gets a newer one', async () => {
    const slow = controlled<string>();
    const before = cache.getOrSet('k', slow.make, 60, LOCK);
    await pass(10);
    await other.delete('k');
    const after = [1, 2, 3].map((number) => cache.getOrSet('k', () => `newer by ${number}`, 60, LOCK));
    slow.end('of older facts');
    expect(await before).toBe('of older facts');
    expect(await Promise.all(after)).toEqual(['newer by 1', 'newer by 1', 'newer by 1']);
    expect(await cache.get('k')).toBe('newer by 1');
  });

  it('without lock, who joins a function whose value came too late gets the one that was faster, and runs none', async () => {
    const slow = controlled<string>();
    const again = jest.fn(() => 'made again');
    const first = cache.getOrSet('k', slow.make, 60, { grace: 60 });
    await pass(10);
    const second = cache.getOrSet('k', again, 60, { grace: 60 });
    await other.set('k', 'faster', 3600);
    slow.end('too late');
    expect([await first, await second, again.mock.calls.length]).toEqual(['faster', 'faster', 0]);
  });

  it('is no trap for a function that asks for its own key', async () => {
    const made = await cache.getOrSet(
      'k',
      async () => `outer of ${await cache.getOrSet('k', () => 'inner', 60, LOCK)}`,
      60,
      LOCK,
    );
    expect(made).toBe('inner');
  });

  it('an undefined value is given to all and leaves no lease', async () => {
    expect(await cache.getOrSet('k', () => undefined, 60, LOCK)).toBeUndefined();
    expect(await cache.getOrSet('k', () => 'next', 60, LOCK)).toBe('next');
  });
});

describe('lock, of a dummy cache', () => {
  it('a dummy cache makes each value, and waits for nobody', async () => {
    const make = jest.fn(() => 'v');
    const options = { lock: true, grace: 10, earlyExpiry: true };
    for (let i = 0; i < 3; i += 1) expect(await caches.get('dummy').getOrSet('k', make, 60, options)).toBe('v');
    expect(make).toHaveBeenCalledTimes(3);
  });
});

describe('signal', () => {
  it('ends its own call; the function´s aborts when all who waited have gone', async () => {
    const slow = controlled<string>();
    const [one, two] = [new AbortController(), new AbortController()];
    const calls = [one, two].map(({ signal }) => cache.getOrSet('k', slow.make, 60, { signal }));
    const ends = Promise.allSettled(calls);
    await pass(0);
    one.abort('first');
    await pass(0);
    expect(slow.contexts[0]!.signal.aborted).toBe(false);
    two.abort('second');
    expect(slow.contexts[0]!.signal.reason).toBe('second');
    for (const end of await ends)
      expect(end).toMatchObject({ reason: { code: DEADLINE.code, reason: 'aborted', executed: false } });
    slow.fail(new Error('stopped'));
    await pass(0);
    expect(ignored.map(({ error }) => (error as Error).message)).toEqual(['stopped']);
  });

  it('one that has fired already asks nobody', async () => {
    const make = jest.fn(() => 'v');
    await expect(cache.getOrSet('k', make, 60, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'aborted' });
    expect(make).not.toHaveBeenCalled();
  });

  it('is listened to once, however many callers wait with it, and by none once they have gone', async () => {
    const { signal } = new AbortController();
    const slow = controlled<string>();
    const calls = Array.from({ length: 50 }, () => cache.getOrSet('k', slow.make, 60, { signal }));
    await pass(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    slow.end('v');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['v']));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('aborts all callers that have it, and nobody who comes with another', async () => {
    const controller = new AbortController();
    const slow = controlled<string>();
    const { signal } = controller;
    const calls = [1, 2, 3].map(() => cache.getOrSet('k', slow.make, 60, { signal }));
    const other = cache.getOrSet('k', slow.make, 60, { signal: new AbortController().signal });
    const ends = Promise.allSettled(calls);
    await pass(0);
    controller.abort();
    for (const end of await ends) expect(end).toMatchObject({ reason: { reason: 'aborted' } });
    slow.end('v');
    expect(await other).toBe('v');
  });
});

describe('a caller without options beside one with them', () => {
  it.each([
    ['joins', () => cache.getOrSet('k', never, 60)],
    ['asks for a lease', () => cache.getOrSet('k', never, 60, { lock: true })],
  ])('keeps the function going when the one who began it aborts: it %s', async (_title, join) => {
    const slow = controlled<string>();
    const client = new AbortController();
    const first = cache.getOrSet('k', slow.make, 60, { signal: client.signal });
    const gone = expect(first).rejects.toMatchObject({ reason: 'aborted' });
    await pass(0);
    const second = join();
    await pass(0);
    client.abort('client left');
    await gone;
    expect(slow.contexts[0]!.signal.aborted).toBe(false);
    slow.end('made');
    expect(await second).toBe('made');
  });

  it('makes its own where the first one´s ends by a hardTimeout that it never set', async () => {
    const obedient = ({ signal }: FactoryContext<string>): Promise<string> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const shorts = [1, 2, 3].map(() => cache.getOrSet('k', obedient, 60, { hardTimeout: '300ms' }));
    const ends = Promise.allSettled(shorts);
    await pass(100);
    const plain = [1, 2].map((number) => cache.getOrSet('k', () => `own of ${number}`, 60));
    await pass(1000);
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await Promise.all(plain)).toEqual(['own of 1', 'own of 1']);
  });

  it('does not join a function whose callers have all aborted', async () => {
    const slow = controlled<string>();
    const client = new AbortController();
    const first = cache.getOrSet('k', slow.make, 60, { signal: client.signal });
    const gone = expect(first).rejects.toMatchObject({ reason: 'aborted' });
    await pass(0);
    client.abort();
    expect(await cache.getOrSet('k', () => 'own', 60)).toBe('own');
    slow.fail(new Error('stopped'));
    await gone;
  });

  it('waits half a minute for a function that others let hang for an hour', async () => {
    cache.getOrSet('k', never, 60, { hardTimeout: '1h' }).catch(() => undefined);
    await pass(0);
    const plain = cache.getOrSet('k', () => 'own', 60);
    await pass(30_001);
    expect(await plain).toBe('own');
    await pass(3_600_000);
  });
});

describe('tags', () => {
  it('who joins a value of which a tag is invalidated while it is made gets a newer one', async () => {
    for (const options of [{ tags: ['x', 'y'] }, { tags: ['x'], lock: true }]) {
      const tagged = caches.get('tagged');
      await tagged.delete('k');
      const slow = controlled<string>();
      const before = tagged.getOrSet('k', slow.make, 60, options);
      await pass(10);
      await caches.get('other tagged').invalidateTags('x');
      const after = [1, 2].map((number) => tagged.getOrSet('k', () => `newer by ${number}`, 60, options));
      slow.end('of older facts');
      expect([await before, ...(await Promise.all(after))]).toEqual(['of older facts', 'newer by 1', 'newer by 1']);
      expect(await tagged.get('k')).toBe('newer by 1');
    }
  });

  it('who joins a value whose tags stay as they are shares it', async () => {
    const slow = controlled<string[]>();
    const calls = [1, 2].map(() => caches.get('tagged').getOrSet('k', slow.make, 60, { tags: ['x'] }));
    await pass(10);
    await caches.get('tagged').invalidateTags('another');
    slow.end(['shared']);
    expect(await Promise.all(calls)).toEqual([['shared'], ['shared']]);
    expect(slow.contexts).toHaveLength(1);
  });
});

describe('a function that leaves something behind', () => {
  it.each([{}, { lock: true }])('is over when it has ended: what it started shares as everybody does (%p)', async (options) => {
    const make = jest.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return 'again';
    });
    const later = controlled<void>();
    let answers!: Promise<string[]>;
    const first = (): string => {
      const both = async (): Promise<string[]> => Promise.all([1, 2].map(() => cache.getOrSet('k', make, 1, options)));
      answers = later.make({} as FactoryContext<void>).then(both);
      return 'first';
    };
    expect(await cache.getOrSet('k', first, 1, options)).toBe('first');
    await pass(5000);
    later.end();
    await pass(1000);
    expect([await answers, make.mock.calls.length]).toEqual([['again', 'again'], 1]);
  });
});

describe('timeout and jitter', () => {
  it('the timeout may be a function of the value: seconds, text, null for ever, undefined for TIMEOUT, 0 for nothing', async () => {
    const ttlOf = async (value: unknown, timeout: unknown): Promise<unknown> => {
      await cache.delete('k');
      await cache.getOrSet<unknown>(
        'k',
        () => value,
        (made) => (made === value ? (timeout as number) : -1),
      );
      return (await cache.has('k')) ? cache.ttl('k') : 'not stored';
    };
    expect([await ttlOf(1, 20), await ttlOf(null, '5m'), await ttlOf('x', null)]).toEqual([20, 300, null]);
    expect([await ttlOf('x', undefined), await ttlOf('x', 0)]).toEqual([300, 'not stored']);
    await cache.delete('k');
    const wrong = cache.getOrSet(
      'k',
      () => 1,
      () => Number.NaN,
    );
    await expect(wrong).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
  });

  it('jitter shortens the timeout by up to a fraction or a duration, and never lengthens it', async () => {
    const ttls = async (jitter: number | string, options: object = {}): Promise<number[]> => {
      const lives: number[] = [];
      for (let i = 0; i < 200; i += 1) {
        await cache.delete('k');
        await cache.getOrSet('k', () => i, 1000, { jitter, ...options });
        lives.push((await cache.pttl('k'))!);
      }
      return lives;
    };
    for (const [lives, least, most] of [
      [await ttls(0.1), 900_000, 1_000_000],
      [await ttls('30s'), 970_000, 1_000_000],
      [await ttls(1, { grace: 50 }), 50_000, 1_050_000],
    ] as const) {
      expect(Math.min(...lives)).toBeGreaterThanOrEqual(least);
      expect(Math.max(...lives)).toBeLessThanOrEqual(most);
      expect(new Set(lives).size).toBeGreaterThan(50);
    }
  });
});

describe('what is no option', () => {
  const ODD = [Object.create(null), [], ['5s'], {}, new Date(), Symbol('s'), 5n, () => 5, new Proxy({}, {}), Number.NaN, ''];
  const DURATIONS = ['grace', 'lock', 'softTimeout', 'hardTimeout', 'jitter'];
  const NUMBERS_OR_FLAGS = ['earlyExpiry', 'signal'];
  const WRONG: [string, unknown][] = [
    ...[...DURATIONS, ...NUMBERS_OR_FLAGS].flatMap((name) => ODD.map((value): [string, unknown] => [name, value])),
    ['grace', -1],
    ['grace', null],
    ['grace', Number.NaN],
    ['grace', '1 hour'],
    ['grace', true],
    ['earlyExpiry', 0],
    ['earlyExpiry', '1s'],
    ['earlyExpiry', Infinity],
    ['lock', 0],
    ['lock', null],
    ['lock', '10'],
    ['lock', '1ms'],
    ['lock', '2h'],
    ['softTimeout', '-5s'],
    ['softTimeout', null],
    ['hardTimeout', 0],
    ['hardTimeout', '30d'],
    ['hardTimeout', {}],
    ['jitter', 2],
    ['jitter', -0.1],
    ['jitter', 'some'],
    ['signal', 'now'],
  ];

  it.each(WRONG.map(([name, value], i) => [name, i, value]))('is refused at the call: %s, row %i', async (name, _row, value) => {
    const make = jest.fn(() => 'v');
    const call = cache.getOrSet('k', make, 60, { [name as string]: value });
    await expect(call).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
      message: expect.stringMatching(new RegExp(`^Cache 'default', getOrSet, ${name}: expected `)),
    });
    expect(make).not.toHaveBeenCalled();
  });

  it.each([[0], [null], ['10'], ['1ms'], ['2h'], [{}]])('a lock of %j is told the times that it may have', async (lock) => {
    const call = cache.getOrSet('k', () => 'v', 60, { lock } as object);
    await expect(call).rejects.toMatchObject({
      message: expect.stringContaining("lock: expected true, or a time from '100ms' to '1h'"),
    });
  });

  it('a softTimeout past the hardTimeout is refused, and grace where HerdClient has soft ends', async () => {
    const late = cache.getOrSet('k', () => 'v', 60, { grace: 1, softTimeout: 2, hardTimeout: 1 });
    await expect(late).rejects.toMatchObject({ message: expect.stringContaining('hardTimeout') });
    for (const options of [{ grace: 10 }, { earlyExpiry: true }]) {
      const herd = caches.get('herd').getOrSet('k', () => 'v', 60, options);
      await expect(herd).rejects.toMatchObject({ message: expect.stringContaining('HerdClient') });
    }
  });

  it.each(['graec', 'lok', 'ttl', 'timeout', 'toString', '__proto__', 'a\nb'])('an unknown name is refused: %p', async (name) => {
    const make = jest.fn(() => 'v');
    const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
    await expect(cache.getOrSet('k', make, 60, options)).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
      message: expect.stringMatching(
        /^Cache 'default', getOrSet, .+: expected one of version, tags, grace, .+ got an unknown name\. Remove it\.$/,
      ),
    });
    expect(make).not.toHaveBeenCalled();
  });

  it.each([null, 'lock', 60, true, ['lock'], () => ({})])('options that are no object are refused: %p', async (options) => {
    await expect(cache.getOrSet('k', never, 60, options as never)).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
      message: expect.stringMatching(/^Cache 'default', getOrSet, options: expected an object, got /),
    });
  });

  it('false and 0 switch off', async () => {
    const options = { grace: 0, earlyExpiry: false, lock: false, jitter: 0 };
    expect([await cache.getOrSet('k', () => 'v', 60, options), await cache.ttl('k')]).toEqual(['v', 60]);
  });
});
