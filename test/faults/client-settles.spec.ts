import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';

import { until } from '../connection/until.js';
import { CallLedger } from './support/call-ledger.js';
import { CLIENT, openCaches, type OpenCaches } from './support/open-caches.js';
import { connectionIds } from './support/quick-topology.js';

const DEADLINE_MS = 300;
/** Bounds of seconds: what takes longer hangs. */
const SOON_MS = 2000;

describe('what callers are told, on one Redis', () => {
  let redis: LocalRedis;
  let at: OpenCaches;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin', proxies: true });
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    at = await openCaches(redis.url(), { deadline: DEADLINE_MS });
    await redis.command('FLUSHALL');
  });
  afterEach(async () => {
    redis.primary.proxy.mode('pass');
    await at.caches.close();
  });

  const back = (): Promise<void> =>
    until(() =>
      at.strict.get('probe').then(
        () => true,
        () => false,
      ),
    );
  /** What the server holds, asked past the proxy. */
  const held = async (key: string): Promise<number> => Number(await redis.command('GET', at.strict.makeKey(key)));

  it.each([1, 10])(
    'fault 44: %i increments whose replies are lost are applied once at most, and told as unknown',
    async (calls) => {
      await at.strict.set('n', 0);
      // So that the server knows the scripts: the answer that it does not would be lost too.
      await at.strict.incr('n');
      await at.strict.setMany({ a: 0 });
      const before = await held('n');
      redis.primary.proxy.mode('dropReplies');
      const ledger = new CallLedger();
      for (let i = 0; i < calls; i += 1) ledger.make(() => at.strict.incr('n'));
      await until(async () => (await held('n')) === before + calls);
      redis.primary.proxy.mode('reset');
      expect(await ledger.settle()).toBe(0);
      redis.primary.proxy.mode('pass');
      await back();
      expect(ledger.rejected('unknown')).toHaveLength(calls);
      expect(ledger.untyped()).toEqual([]);
      expect(await held('n')).toBe(before + calls);
      // The same by way of a command of the caller's, and of all or none.
      redis.primary.proxy.mode('dropReplies');
      ledger.make(() => at.strict.command('INCR', at.strict.makeKey('n')));
      ledger.make(() => at.strict.setMany({ a: 1, b: 2 }));
      await until(async () => (await held('n')) === before + calls + 1);
      redis.primary.proxy.mode('reset');
      expect(await ledger.settle()).toBe(0);
      redis.primary.proxy.mode('pass');
      await back();
      expect(ledger.rejected('unknown')).toHaveLength(calls + 2);
      expect(await held('n')).toBe(before + calls + 1);
    },
  );

  it('fault 45: of a thousand calls that were told "not executed" not one ever shows up', async () => {
    const ledger = new CallLedger();
    await redis.kill();
    while (ledger.rejected(false).length < 1000) {
      for (let i = 0; i < 200; i += 1) ledger.make((id) => at.strict.set(`ghost:${id}`, id, null));
      await ledger.settle();
    }
    // These wait when the server comes back: handed over in time, or never.
    for (let i = 0; i < 500; i += 1) ledger.make((id) => at.strict.set(`ghost:${id}`, id, null));
    await redis.restart();
    expect(await ledger.settle()).toBe(0);
    await back();
    expect(ledger.untyped()).toEqual([]);
    expect(ledger.longestMs()).toBeLessThan(DEADLINE_MS + SOON_MS);
    const present = new Set((await redis.command('KEYS', at.strict.makeKey('ghost:*'))) as string[]);
    const ghosts = ledger.rejected(false).filter(({ id }) => present.has(at.strict.makeKey(`ghost:${id}`)));
    const missing = ledger.answered().filter(({ id }) => !present.has(at.strict.makeKey(`ghost:${id}`)));
    expect({ ghosts, missing }).toEqual({ ghosts: [], missing: [] });
    expect(ledger.rejected(false).length).toBeGreaterThanOrEqual(1000);
  });

  it('fault 46: what was in flight when a node froze is told at once or by its deadline, and not sent again when it thaws', async () => {
    await at.strict.set('n', 0);
    const ledger = new CallLedger();
    await redis.hang();
    // The kernel goes on accepting; nobody is ever greeted.
    const frozenMs = performance.now();
    const enough = until(() => performance.now() - frozenMs > 4 * DEADLINE_MS);
    await ledger.makeUntil(enough, 20, () => at.strict.incr('n'));
    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.longestMs()).toBeLessThan(DEADLINE_MS + SOON_MS);
    const unknown = ledger.rejected('unknown').length;
    expect(ledger.rejected()).toHaveLength(ledger.calls.length);
    expect(unknown).toBeGreaterThan(0);
    await redis.resume();
    await back();
    const applied = await held('n');
    expect(applied).toBeLessThanOrEqual(unknown);
    expect(ledger.untyped()).toEqual([]);
  });

  it('fault 47: every call settles by its deadline on a connection that was killed, and on one of which only our half is left', async () => {
    const ledger = new CallLedger();
    for (let i = 0; i < 50; i += 1) ledger.make((id) => (id % 2 ? at.strict.get('k') : at.strict.incr('absent')));
    for (const id of await connectionIds(redis.primary, CLIENT)) await redis.command('CLIENT', 'KILL', 'ID', id);
    expect(await ledger.settle()).toBe(0);
    await back();
    const half = new CallLedger();
    redis.primary.proxy.mode('blackhole');
    const cutMs = performance.now();
    const enough = until(() => performance.now() - cutMs > 4 * DEADLINE_MS);
    await half.makeUntil(enough, 20, (id) => (id % 2 ? at.strict.get('k') : at.strict.set('k', id)));
    expect(half.unsettled()).toEqual([]);
    expect(half.rejected()).toHaveLength(half.calls.length);
    expect(half.untyped()).toEqual([]);
    expect(half.longestMs()).toBeLessThan(DEADLINE_MS + SOON_MS);
    // Long after the fault nothing is handed over any more: nobody is left in doubt.
    const late = half.rejected('unknown').filter(({ startedAtMs }) => startedAtMs > cutMs + 2 * DEADLINE_MS + SOON_MS / 4);
    expect(late).toEqual([]);
    redis.primary.proxy.mode('reset');
    redis.primary.proxy.mode('pass');
    await back();
  });
});
