import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import type { DjangoSettings } from 'nestjs-sentinel-cache';

import { until } from '../connection/until.js';
import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { startWorker, type Rush, type RushEnd, type Worker } from './support/worker.js';

const CALLERS = 1000;
/** For what is to pass by itself: a busy machine runs late. */
const SLACK_MS = 20_000;

let redis: LocalRedis;
let library: Transpiled;
beforeAll(async () => {
  [redis, library] = await Promise.all([startLocalRedis(), transpile('sentinel-cache')]);
});
afterAll(async () => {
  await Promise.all([redis?.stop(), library?.remove()]);
});

describe('getOrSet with a lock in four processes', () => {
  let workers: Worker[] = [];
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    const settings: DjangoSettings = {
      default: { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: 'app', OPTIONS: { deadline: '20s' } },
    };
    workers = await Promise.all([1, 2, 3, 4].map(() => startWorker(library, settings)));
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
  });

  const runs = async (key: string): Promise<number> => Number(await redis.command('GET', `runs:${key}`));
  const began = (key: string, number = 1): Promise<void> => until(async () => (await runs(key)) >= number);
  const rushes = (of: readonly Worker[], rush: Rush): Promise<RushEnd>[] => of.map((worker) => worker.rush(rush));
  const leases = (): Promise<unknown> => redis.command('KEYS', '*lease*');

  it('a thousand calls of one cold key in each: one run, one value for all', async () => {
    const rush: Rush = { key: 'k', callers: CALLERS, takesMs: 300, timeout: 60, options: { lock: '60s' } };
    const ends = await Promise.all(rushes(workers, rush));
    expect(await runs('k')).toBe(1);
    expect(new Set(ends.flatMap(({ answers }) => answers)).size).toBe(1);
    // Woken, not left to wait for the end of the lease.
    expect(Math.max(...ends.map(({ longestMs }) => longestMs))).toBeLessThan(SLACK_MS);
    expect(await leases()).toEqual([]);
  });

  it('the process that makes it dies by SIGKILL: one other makes it once the lease is over, nobody waits for more than that', async () => {
    const leaseMs = 3000;
    const rush: Rush = { key: 'k', callers: CALLERS, takesMs: 1000, timeout: 60, options: { lock: `${leaseMs}ms` } };
    const dying = workers[0]!.rush({ ...rush, takesMs: 3_600_000 });
    dying.catch(() => undefined);
    await began('k');
    const others = rushes(workers.slice(1), rush);
    workers[0]!.signal('SIGKILL');
    const ends = await Promise.all(others);
    await expect(dying).rejects.toThrow('ended');
    expect(await runs('k')).toBe(2);
    expect(new Set(ends.flatMap(({ answers }) => answers)).size).toBe(1);
    expect(Math.max(...ends.map(({ longestMs }) => longestMs))).toBeLessThan(leaseMs + rush.takesMs + SLACK_MS);
  });

  it('a lease is renewed while the function runs, so that a slow one is not run twice', async () => {
    const rush: Rush = { key: 'k', callers: 10, takesMs: 12_000, timeout: 60, options: { lock: '5s' } };
    await Promise.all(rushes(workers, rush));
    expect(await runs('k')).toBe(1);
    const value = JSON.parse((await workers[0]!.rush(rush)).answers[0]!) as { number: number };
    expect(value.number).toBe(1);
  });

  it('a process that hangs longer than its lease does not overwrite what another made meanwhile', async () => {
    const rush: Rush = { key: 'k', callers: 1, takesMs: 100, timeout: 60, options: { lock: '1s' } };
    const slow = workers[0]!.rush({ ...rush, takesMs: 500 });
    await began('k');
    workers[0]!.signal('SIGSTOP');
    const fast = await workers[1]!.rush(rush);
    expect(JSON.parse(fast.answers[0]!)).toMatchObject({ number: 2 });
    const before = await redis.command('DUMP', 'app:1:k');
    workers[0]!.signal('SIGCONT');
    // It was too late, and so gives its callers what is there.
    expect((await slow).answers).toEqual(fast.answers);
    expect(await redis.command('DUMP', 'app:1:k')).toEqual(before);
  });

  it('what is deleted while it is made is not stored by the one who makes it', async () => {
    const rush: Rush = { key: 'k', callers: 1, takesMs: 1500, timeout: 60, options: { lock: true } };
    await workers[0]!.rush({ ...rush, key: 'other', takesMs: 0 });
    // Who deletes has asked for values under a lease, and found them.
    await workers[1]!.rush({ ...rush, key: 'other' });
    expect(await runs('other')).toBe(1);
    const [made] = rushes(workers.slice(0, 1), rush);
    await began('k');
    expect(await workers[1]!.delete('k')).toBe(false);
    expect((await made!).answers).toEqual([expect.stringContaining('"number":1')]);
    expect([await redis.command('EXISTS', 'app:1:k'), await leases()]).toEqual([0, []]);
  });

  it('who joins what is deleted while it is made gets a value that is made since, once for all of them', async () => {
    const rush: Rush = { key: 'k', callers: 5, takesMs: 1500, timeout: 60, options: { lock: true } };
    await workers[0]!.rush({ ...rush, key: 'other', takesMs: 0 });
    const [made] = rushes(workers.slice(0, 1), rush);
    await began('k');
    await workers[0]!.delete('k');
    const newer = expect.stringContaining('"number":2');
    expect((await made!).answers).toEqual([expect.stringContaining('"number":1'), newer]);
    expect([await runs('k'), (await workers[1]!.rush(rush)).answers]).toEqual([2, [newer]]);
  });
});
