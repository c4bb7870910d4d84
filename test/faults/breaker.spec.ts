import { setTimeout as pause } from 'node:timers/promises';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import { CacheUnavailableError, type DjangoSettings, type SentinelCache } from 'nestjs-sentinel-cache';

import { rejectionOf, until } from '../cache/support/waiting.js';
import { startQuickTopology } from './support/quick-topology.js';
import { watchedCaches, type WatchedCaches } from './support/watched-caches.js';

const DEADLINE_MS = 500;
const opened: WatchedCaches[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ caches }) => caches.close()));
});

/** An alias that tells (`default`) and one with IGNORE_EXCEPTIONS (`soft`), on one connection. */
function settingsFor(url: string, options: Record<string, unknown> = {}): DjangoSettings {
  const setting = (more: Record<string, unknown>) => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: url,
    OPTIONS: { deadline: DEADLINE_MS, clientName: 'broken', ...options, ...more },
  });
  return { CACHES: { default: setting({}), soft: setting({ IGNORE_EXCEPTIONS: true }) } } as DjangoSettings;
}

async function open(redis: LocalRedis, options: Record<string, unknown> = {}): Promise<WatchedCaches> {
  const watched = watchedCaches(settingsFor(redis.url(0), options));
  opened.push(watched);
  await watched.strict.set('warm', 1);
  return watched;
}

/** 100 calls a second, started whether or not the ones before have come back; how long each took. */
async function openLoop(forMs: number, call: (i: number) => Promise<unknown>): Promise<{ atMs: number; tookMs: number }[]> {
  const calls: Promise<{ atMs: number; tookMs: number }>[] = [];
  const startedMs = performance.now();
  for (let i = 0; performance.now() - startedMs < forMs; i += 1) {
    const atMs = performance.now();
    calls.push(call(i).then(() => ({ atMs, tookMs: performance.now() - atMs })));
    await pause(Math.max(0, startedMs + (i + 1) * 10 - performance.now()));
  }
  return Promise.all(calls);
}

const quantile = (values: number[], q: number): number => values.sort((a, b) => a - b)[Math.floor(values.length * q)] ?? NaN;
const report = (line: string): boolean => process.stdout.write(`  breaker.spec: ${line}\n`);

describe('one Redis', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin', redisConfig: { 'enable-debug-command': 'yes', save: '""' } });
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await redis.resume().catch(() => undefined);
    if (!redis.isRunning) await redis.restart();
  });

  it.each([
    ['hung', () => redis.hang(), () => redis.resume()],
    ['gone', () => redis.kill(), () => redis.restart()],
  ])(
    'fault 3, P4: %s, it opens the breaker within two deadlines, and IGNORE_EXCEPTIONS calls cost next to nothing from then on',
    async (how, inflict, heal) => {
      const at = await open(redis);
      await inflict();
      const faultAtMs = performance.now();
      const [reads, writes] = await Promise.all([
        openLoop(4000, () => at.soft.get('k')),
        openLoop(4000, (i) => at.soft.set(`w${i}`, i)),
      ]);
      expect(['open', 'half-open']).toContain(at.breaker());
      const openAfterMs = at.changedAt('breaker-opened')! - faultAtMs;
      for (const [what, calls] of [
        ['reads', reads],
        ['writes', writes],
      ] as const) {
        const since = calls.filter(({ atMs }) => atMs > faultAtMs + openAfterMs).map(({ tookMs }) => tookMs);
        const whole = calls.map(({ tookMs }) => tookMs);
        report(
          `${how}, 100 ${what}/s: open after ${openAfterMs.toFixed(0)} ms; then p50 ${quantile(since, 0.5).toFixed(2)}, ` +
            `p99 ${quantile(since, 0.99).toFixed(2)}, longest ${Math.max(...since).toFixed(1)} ms (n=${since.length}); ` +
            `before, longest ${Math.max(...whole).toFixed(0)} ms`,
        );
        expect(since.length).toBeGreaterThan(100);
        expect(quantile(since, 0.99)).toBeLessThan(100);
      }
      expect(openAfterMs).toBeLessThan(2 * DEADLINE_MS + 1000);
      await heal();
      await until('it answers again', async () => (await at.soft.set('back', 1)) === true);
      expect(at.breaker()).toBe('closed');
      expect(at.kinds()).toEqual(['breaker-opened', 'breaker-half-open', 'breaker-closed']);
      expect(at.lines()).toEqual([expect.stringContaining('no connection'), expect.stringContaining('connected to the primary')]);
    },
  );

  it('fault 3: a fault is noticed without a single call, so that no caller has to be the first', async () => {
    const at = await open(redis);
    await redis.hang();
    const hungAtMs = performance.now();
    await until('open', () => at.breaker() !== 'closed', 5000);
    const openAfterMs = performance.now() - hungAtMs;
    report(`hung, no calls: open after ${openAfterMs.toFixed(0)} ms`);
    expect(openAfterMs).toBeLessThan(2 * DEADLINE_MS + 1000);
    const startedMs = performance.now();
    expect(await at.soft.get('warm')).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS / 2);
  });

  it('fault 4: after a hang of 2 s it is closed as soon as Redis answers; meanwhile there are few connections, and no command waits', async () => {
    const at = await open(redis);
    const before = Number(/total_connections_received:(\d+)/.exec(String(await redis.command('INFO', 'stats')))![1]);
    await redis.hang();
    const reads = openLoop(2500, () => at.soft.get('warm'));
    await pause(2000);
    await redis.resume();
    const resumedAtMs = performance.now();
    await until('closed', () => at.breaker() === 'closed');
    const closedAfterMs = performance.now() - resumedAtMs;
    await reads;
    const connections =
      Number(/total_connections_received:(\d+)/.exec(String(await redis.command('INFO', 'stats')))![1]) - before;
    report(`hung for 2 s: closed ${closedAfterMs.toFixed(0)} ms after; ${connections} connections`);
    expect(closedAfterMs).toBeLessThan(2000);
    expect(connections).toBeLessThanOrEqual(12);
    expect(await at.soft.get('warm')).toBe(1);
  });

  it('gone (port closed), it opens at once; strict calls wait for their deadline, and get through when Redis is back within it', async () => {
    const at = await open(redis, { deadline: 3000 });
    await redis.kill();
    await until('open', () => at.breaker() !== 'closed', 2000);
    const startedMs = performance.now();
    expect(await at.soft.get('warm')).toBeUndefined();
    expect(await at.soft.set('dropped', 1)).toBe(false);
    // What a cache-manager stands on, whatever the cache's own settings.
    expect(await at.strict.ignoringOutages().get('warm')).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(500);
    const waiting = at.strict.set('patient', 1);
    await redis.restart();
    expect(await waiting).toBe(true);
    expect(at.breaker()).toBe('closed');
    expect(await at.strict.get('dropped')).toBeUndefined();
  });

  it('drops of IGNORE_EXCEPTIONS are published with their reason, and nothing of them was executed', async () => {
    const at = await open(redis);
    const ignored: { operation: string; error: CacheUnavailableError }[] = [];
    const listen = (event: unknown): void => void ignored.push(event as (typeof ignored)[number]);
    await redis.kill();
    await until('open', () => at.breaker() !== 'closed', 2000);
    subscribe('nestjs-sentinel-cache:ignored-error', listen);
    await Promise.all(Array.from({ length: 20 }, (_, i) => at.soft.set(`dropped-${i}`, i)));
    unsubscribe('nestjs-sentinel-cache:ignored-error', listen);
    expect(ignored).toHaveLength(20);
    for (const { operation, error } of ignored)
      expect([operation, error.reason, error.executed, error.alias]).toEqual(['set', 'breaker-open', false, 'soft']);
  });

  it('circuitBreaker: true lets a strict cache fail fast too, false none, an object says after how many failures', async () => {
    const [all, none, late] = await Promise.all([
      open(redis, { circuitBreaker: true }),
      open(redis, { circuitBreaker: false, clientName: 'b' }),
      open(redis, { circuitBreaker: { failures: 1000 }, clientName: 'c' }),
    ]);
    await redis.kill();
    await until('open', () => all.breaker() !== 'closed' && none.breaker() !== 'closed', 2000);
    expect(await rejectionOf(all.strict.get('k'))).toMatchObject({ reason: 'breaker-open', executed: false, alias: 'default' });
    expect(await rejectionOf(all.caches.strict('soft').get('k'))).toMatchObject({ reason: 'breaker-open', alias: 'soft' });
    expect(await rejectionOf(none.caches.strict('soft').get('k'))).toMatchObject({ reason: 'no-primary' });
    const startedMs = performance.now();
    expect(await none.soft.get('k')).toBeUndefined();
    expect(performance.now() - startedMs).toBeGreaterThan(DEADLINE_MS - 50);
    expect(late.breaker()).toBe('closed');
  });

  it('faults 32, 34, 35: a refusal is an answer: a hundred of them open nothing and cost no connection', async () => {
    const at = await open(redis);
    const ids = await at.connectionIds(redis);
    await at.strict.command('RPUSH', at.strict.makeKey('list'), 'a');
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    const refusals = await Promise.all(
      Array.from({ length: 100 }, (_, i) => rejectionOf(i % 2 ? at.strict.get('list') : at.strict.set('k', 'x'))),
    );
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '5');
    const alone = await rejectionOf(at.strict.set('k', 1));
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    expect(new Set(refusals.map((error) => (error as unknown as { redisCode: string }).redisCode))).toEqual(
      new Set(['OOM', 'WRONGTYPE']),
    );
    for (const error of [...refusals, alone]) expect(error.executed).toBe(false);
    expect(alone).toMatchObject({ redisCode: 'NOREPLICAS' });
    expect([at.breaker(), at.kinds(), await at.connectionIds(redis)]).toEqual(['closed', [], ids]);
  });

  it('fault 33: CLIENT PAUSE WRITE stops writes alone: every read is answered, the breaker stays closed, and writes go on after it', async () => {
    const at = await open(redis);
    await redis.command('CLIENT', 'PAUSE', '4000', 'WRITE');
    const pausedAtMs = performance.now();
    const writes: { key: string; error: CacheUnavailableError | undefined; atMs: number }[] = [];
    const writing = openLoop(3000, async (i) => {
      const atMs = performance.now() - pausedAtMs;
      const error = await at.strict.set(`paused${i}`, i).then(
        () => undefined,
        (thrown: CacheUnavailableError) => thrown,
      );
      writes.push({ key: `paused${i}`, error, atMs });
    });
    const reads = (await openLoop(3000, async () => expect(await at.strict.get('warm')).toBe(1))).map(({ tookMs }) => tookMs);
    const lateSoft = performance.now();
    expect(await at.soft.set('soft', 1)).toBe(false);
    const softMs = performance.now() - lateSoft;
    await writing;
    const unknown = writes.filter(({ error }) => error?.executed === 'unknown');
    report(
      `CLIENT PAUSE WRITE: ${reads.length} reads, p50 ${quantile(reads, 0.5).toFixed(1)}, p99 ${quantile(reads, 0.99).toFixed(1)}, longest ${Math.max(...reads).toFixed(0)} ms; ` +
        `${writes.length} writes, ${unknown.length} unknown, the last after ${Math.max(...unknown.map(({ atMs }) => atMs)).toFixed(0)} ms; soft write ${softMs.toFixed(1)} ms; log ${at.lines().length} lines`,
    );
    expect(at.kinds()).toEqual([]);
    expect(writes.every(({ error }) => error?.executed === false || error?.executed === 'unknown')).toBe(true);
    expect(Math.max(...unknown.map(({ atMs }) => atMs))).toBeLessThan(2 * DEADLINE_MS + 500);
    expect(at.lines().length).toBeLessThanOrEqual(2);
    await until('writes pass again', async () => (await at.strict.set('after', 1).catch(() => false)) === true);
    await until('one connection again', async () => (await at.connectionIds(redis)).length === 1);
    const ghosts = await at.strict.getMany(writes.flatMap(({ key, error }) => (error?.executed === false ? [key] : [])));
    expect(ghosts.size).toBe(0);
  });

  it('(fault 33) a paused write within its deadline is answered, and CLIENT PAUSE ALL is an outage like any other', async () => {
    const at = await open(redis);
    await redis.command('CLIENT', 'PAUSE', String(DEADLINE_MS - 150), 'WRITE');
    const [stored, read] = await Promise.all([at.strict.set('k', 1), at.strict.get('warm')]);
    expect([stored, read]).toEqual([true, 1]);
    await redis.command('CLIENT', 'PAUSE', '1500', 'ALL');
    expect(await rejectionOf(at.strict.get('warm'))).toMatchObject({ reason: 'deadline', executed: 'unknown' });
    await until('open', () => at.breaker() !== 'closed', 3000);
    await until('it answers again', async () => (await at.strict.get('warm').catch(() => 0)) === 1);
    expect(at.breaker()).toBe('closed');
  });

  it('fault 37: a value past maxValueBytes is refused unsent; a value of 50 MB delays the others, and costs neither connection nor answer', async () => {
    const at = await open(redis, { deadline: 5000 });
    const bounded = await open(redis, { maxValueBytes: 1_000_000, clientName: 'bounded' });
    const error = await rejectionOf(bounded.strict.set('big', Buffer.alloc(1_000_001)));
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC', executed: false, key: ':1:big' });
    expect(await rejectionOf(bounded.strict.setMany({ small: 1, big: 'x'.repeat(2_000_000) }))).toMatchObject({
      executed: false,
    });
    expect(await rejectionOf(bounded.soft.set('big', Buffer.alloc(1_000_001)))).toMatchObject({ code: 'SENTINEL_CACHE_CODEC' });
    expect((await bounded.strict.getMany(['big', 'small'])).size).toBe(0);
    const ids = await at.connectionIds(redis);
    const big = Buffer.alloc(50 * 1024 * 1024, 7);
    const startedMs = performance.now();
    const slow = [at.strict.set('huge', big, 60), at.strict.get<Buffer>('huge'), at.strict.get<Buffer>('huge')];
    const others = await openLoop(1000, async (i) => at.strict.set(`small${i}`, i, 60));
    const [, first, second] = await Promise.all(slow);
    report(
      `50 MB set and got twice in ${(performance.now() - startedMs).toFixed(0)} ms; the others' longest ${Math.max(...others.map(({ tookMs }) => tookMs)).toFixed(0)} ms`,
    );
    expect([(first as Buffer).length, (second as Buffer).length]).toEqual([big.length, big.length]);
    expect([at.breaker(), at.kinds(), await at.connectionIds(redis)]).toEqual(['closed', [], ids]);
    await at.strict.delete('huge');
  });

  it('(fault 58) an event loop stalled for longer than the deadline and the breaker together loses no answer and opens nothing', async () => {
    const at = await open(redis);
    const ids = await at.connectionIds(redis);
    const calls = Array.from({ length: 20 }, () => at.strict.get('warm'));
    const untilMs = performance.now() + 3 * DEADLINE_MS;
    while (performance.now() < untilMs);
    expect(await Promise.all(calls)).toEqual(calls.map(() => 1));
    await pause(DEADLINE_MS);
    expect([at.breaker(), at.kinds(), await at.connectionIds(redis)]).toEqual(['closed', [], ids]);
  });

  it('every rejection says whether it can have been executed: a walk through all reasons', async () => {
    const seen: [reason: string, executed: unknown][] = [];
    const note = async (work: Promise<unknown>): Promise<void> => {
      const error = await rejectionOf(work);
      seen.push([error.reason ?? (error as unknown as { redisCode?: string }).redisCode ?? error.code, error.executed]);
    };
    const at = await open(redis, { gate: { queuedCommands: 1 }, maxValueBytes: 1000 });
    const { strict } = at;
    await note(strict.set('k', 'x'.repeat(2000)));
    await note(strict.set('k', 1, 'soon' as never));
    await note(strict.incr('absent'));
    await note(strict.set('k', () => 1));
    await note(strict.command('SUBSCRIBE', 'x'));
    await note(
      strict.command('EVAL', "redis.call('SET', KEYS[1], 1) return redis.call('INCR', ARGV[1], 'too', 'many')", 1, 'half', 'k'),
    );
    await note(strict.clear({ signal: AbortSignal.abort() }));
    await redis.hang();
    await note(strict.set('hung', 1));
    await redis.kill();
    await until('open', () => at.breaker() !== 'closed', 3000);
    const waiting = note(strict.set('waits', 1));
    await note(strict.set('full', 1));
    await waiting;
    await note(at.caches.get('soft').command('PING'));
    await redis.restart();
    await until('back', async () => (await strict.get('warm').catch(() => 0)) !== 0);
    await strict.set('blocked', 1);
    await redis.command('CONFIG', 'SET', 'busy-reply-threshold', '10');
    const lost = note(strict.command('EVAL', 'while true do end', 0));
    await until(
      'it is being executed',
      async () => (await rejectionOf(redis.command('PING')).catch(() => undefined)) !== undefined,
    );
    await redis.kill();
    await lost;
    await redis.restart();
    await at.caches.close();
    await note(strict.get('k'));
    for (const [url, options] of [
      [redis.url(0).replace('admin', 'wrong'), {}],
      [redis.url(99), {}],
      ['redis://no-such-host.invalid:6379/0', {}],
      ['mymaster/127.0.0.1:1/0', { CLIENT_CLASS: 'django_sentinel.SentinelClient' }],
    ] as const) {
      const other = watchedCaches(settingsFor(url, options));
      opened.push(other);
      await note(other.strict.set('k', 1));
    }
    expect(seen).toEqual([
      ['SENTINEL_CACHE_CODEC', false],
      ['SENTINEL_CACHE_INVALID_ARGUMENT', false],
      ['SENTINEL_CACHE_MISSING_KEY', false],
      ['SENTINEL_CACHE_CODEC', false],
      ['NOTALLOWED', false],
      ['ERR', 'unknown'],
      ['aborted', false],
      ['deadline', 'unknown'],
      ['queue-full', false],
      ['no-primary', false],
      ['breaker-open', false],
      ['connection-lost', 'unknown'],
      ['closed', false],
      ['auth', false],
      ['wrong-database', false],
      ['unreadable-address', false],
      ['no-sentinel', false],
    ]);
  });
});

describe('nothing there', () => {
  it('fault 48: P9: of 100 000 SETs a thousand wait, the rest are told at once; memory stays bounded, nothing is executed later', async () => {
    const redis = await startLocalRedis({ password: 'admin' });
    try {
      const at = await open(redis, { deadline: 2000 });
      await redis.kill();
      await until('open', () => at.breaker() !== 'closed', 3000);
      const flood = async (
        cache: SentinelCache,
      ): Promise<{ perCallMs: number; reasons: Record<string, number>; mib: number }> => {
        const heapBefore = process.memoryUsage().heapUsed;
        const reasons: Record<string, number> = {};
        const executed = new Set<unknown>();
        let heap = 0;
        let lastFull = 0;
        const startedMs = performance.now();
        const waiting: Promise<unknown>[] = [];
        for (let i = 0; i < 100_000; i += 1) {
          const call = cache.set(`ghost${i}`, i).then(
            () => (reasons['dropped'] = (reasons['dropped'] ?? 0) + 1),
            (error: CacheUnavailableError) => {
              executed.add(error.executed);
              reasons[error.reason] = (reasons[error.reason] ?? 0) + 1;
              if (error.reason === 'queue-full') lastFull = performance.now();
            },
          );
          if (i < 2000) waiting.push(call);
          if (i % 1000 === 999) await pause(0);
          if (i % 10_000 === 9999) heap = Math.max(heap, process.memoryUsage().heapUsed - heapBefore);
        }
        const perCallMs = ((lastFull || performance.now()) - startedMs) / 100_000;
        await Promise.all(waiting);
        expect([...executed].every((value) => value === false)).toBe(true);
        return { perCallMs, reasons, mib: heap / 1024 / 1024 };
      };
      const strict = await flood(at.strict);
      const soft = await flood(at.soft);
      report(
        `100 000 SETs while down: strict ${JSON.stringify(strict.reasons)}, ${strict.perCallMs.toFixed(3)} ms a call, +${strict.mib.toFixed(0)} MiB; ` +
          `soft ${JSON.stringify(soft.reasons)}, ${soft.perCallMs.toFixed(3)} ms a call, +${soft.mib.toFixed(0)} MiB`,
      );
      expect(soft.reasons).toEqual({ dropped: 100_000 });
      expect(strict.reasons['queue-full']).toBeGreaterThan(90_000);
      expect(Object.values(strict.reasons).reduce((a, b) => a + b)).toBe(100_000);
      expect(strict.mib).toBeLessThan(100);
      await redis.restart();
      await until('back', async () => (await at.strict.set('back', 1).catch(() => false)) === true);
      expect(await redis.command('DBSIZE').catch(() => -1)).toBeGreaterThanOrEqual(1);
      expect(await at.strict.command('EVAL', "return #redis.call('KEYS', '*ghost*')", 0)).toBe(0);
    } finally {
      await redis.stop();
    }
  });
});

describe('with sentinels', () => {
  let topology: LocalSentinel;
  let at: WatchedCaches;
  beforeAll(async () => {
    topology = await startQuickTopology();
  });
  afterAll(() => topology.stop());

  /** Reads and writes of IGNORE_EXCEPTIONS and strict writes, each 100 a second, while the primary changes; what failed of each. */
  async function throughAFailover(
    fail: () => Promise<unknown>,
  ): Promise<{ softMisses: number; softDrops: number; strict: unknown[] }> {
    const settings = settingsFor(topology.location('mymaster', 0), {
      PASSWORD: 'admin',
      CLIENT_CLASS: 'django_sentinel.SentinelClient',
    });
    at = watchedCaches(settings);
    opened.push(at);
    await at.strict.set('warm', 1);
    await topology.settled();
    const recording = await topology.recordEvents();
    let softMisses = 0;
    let softDrops = 0;
    const strict: unknown[] = [];
    let done = false;
    const until = async (call: (i: number) => Promise<unknown>): Promise<unknown> => {
      const calls: Promise<unknown>[] = [];
      for (let i = 0; !done; i += 1) {
        calls.push(call(i));
        await pause(10);
      }
      return Promise.all(calls);
    };
    const load = Promise.all([
      until(async (i) => void (await at.soft.set(`soft${i}`, i).then((stored) => stored || (softDrops += 1)))),
      until(async () => void ((await at.soft.getWithPttl('warm')) ?? (softMisses += 1))),
      until(async (i) => void (await at.strict.set(`strict${i}`, i).catch((error: unknown) => strict.push(error)))),
    ]);
    await pause(200);
    await fail();
    const change = await recording.firstSwitch('mymaster', { timeoutMs: 15_000 });
    await pause(1000);
    const firstMs = at.changedAt('breaker-closed');
    report(
      `with sentinels: breaker ${at.kinds().join(', ') || 'not moved'}${firstMs === undefined ? '' : `; closed ${(firstMs - change.at).toFixed(0)} ms after +switch-master`}; ` +
        `soft misses ${softMisses}, drops ${softDrops}, strict rejections ${strict.length}`,
    );
    done = true;
    await load;
    recording.stop();
    return { softMisses, softDrops, strict };
  }

  it('P10: a planned failover never opens it: nothing is missed, dropped or rejected', async () => {
    expect(await throughAFailover(() => topology.failover())).toEqual({ softMisses: 0, softDrops: 0, strict: [] });
    expect([at.breaker(), at.kinds()]).toEqual(['closed', []]);
  });

  it('P1, P4: with a killed primary it opens at once, and closes with the first connection to the new one: one line each in the log', async () => {
    const { softMisses, softDrops } = await throughAFailover(() => topology.primary.kill());
    expect(softMisses).toBeGreaterThan(0);
    expect(softDrops).toBeGreaterThan(0);
    expect(at.kinds()).toEqual(['breaker-opened', 'breaker-half-open', 'breaker-closed']);
    expect(at.lines().filter((line) => !line.includes('sentinel'))).toEqual([
      expect.stringContaining('no connection to the primary'),
      expect.stringContaining('the primary is now'),
    ]);
    expect(await at.soft.set('again', 1)).toBe(true);
  });
});
