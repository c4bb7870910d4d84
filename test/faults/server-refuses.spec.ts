import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CommandRejectedError, createCaches } from 'nestjs-sentinel-cache';

import { rejectionOf } from '../cache/support/waiting.js';
import { until } from '../connection/until.js';
import { CallLedger } from './support/call-ledger.js';
import { CLIENT, openCaches, settingsFor, type OpenCaches } from './support/open-caches.js';
import { connectionIds, infoNumber } from './support/quick-topology.js';
import { commandCalls } from './support/server-facts.js';

const DEADLINE_MS = 400;
/** Bounds of seconds: what takes longer hangs. */
const SOON_MS = 2000;

describe('a server that refuses, on one Redis', () => {
  let redis: LocalRedis;
  let at: OpenCaches;
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin', aof: false });
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    // Sockets are counted: no near tier, whose link is another one.
    at = await openCaches(redis.url(), { deadline: DEADLINE_MS, nearCache: undefined });
  });
  afterEach(() => at.caches.close());

  it('fault 32: too few replicas is a typed refusal of writes; reads go on, nothing is asked twice, no connection is left', async () => {
    await at.strict.set('k', 'v');
    const [id] = await connectionIds(redis.primary, CLIENT);
    const before = await commandCalls(redis.primary, 'set');
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '5');
    try {
      const ledger = new CallLedger();
      for (let i = 0; i < 50; i += 1) ledger.make(() => at.strict.set(`k${i}`, i));
      expect(await ledger.settle()).toBe(0);
      expect(ledger.reasons()).toEqual({ NOREPLICAS: 50 });
      expect(ledger.rejected(false)).toHaveLength(50);
      expect((await commandCalls(redis.primary, 'set')).refused - before.refused).toBe(50);
      expect(await at.soft.set('k', 1)).toBe(false);
      for (let i = 0; i < 50; i += 1) expect(await at.strict.get('k')).toBe('v');
    } finally {
      await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    }
    expect(await at.strict.set('k', 'w')).toBe(true);
    expect(await connectionIds(redis.primary, CLIENT)).toEqual([id]);
    expect(at.log).toHaveLength(1);
  });

  it('fault 34: with a script that does not end calls are refused at once, fail-open is open, and no socket is opened anew', async () => {
    await at.strict.set('k', 'v');
    await at.soft.set('k', 'v');
    await redis.command('CONFIG', 'SET', 'busy-reply-threshold', '50');
    const other = createCaches(settingsFor(redis.url(), { deadline: 5000, clientName: 'other' }));
    await other.get().get('k');
    const [id] = await connectionIds(redis.primary, CLIENT);
    const accepted = await infoNumber(redis.primary, 'total_connections_received');
    const endless = rejectionOf(other.get().command('EVAL', 'while true do end', 0));
    try {
      await until(() =>
        at.strict.get('k').then(
          () => false,
          (error) => error instanceof CommandRejectedError,
        ),
      );
      const ledger = new CallLedger();
      for (let i = 0; i < 50; i += 1) ledger.make(() => (i % 2 ? at.strict.get('k') : at.strict.set('k', i)));
      expect(await ledger.settle()).toBe(0);
      expect(ledger.reasons()).toEqual({ BUSY: 50 });
      expect(ledger.rejected(false)).toHaveLength(50);
      const softly = new CallLedger();
      for (let i = 0; i < 50; i += 1) softly.make(() => (i % 2 ? at.soft.get('k') : at.soft.set('k', i)));
      expect(await softly.settle()).toBe(0);
      expect(softly.rejected()).toEqual([]);
      expect(softly.calls.map(({ value }) => value)).toEqual(softly.calls.map(({ id }) => (id % 2 ? undefined : false)));
      expect(Math.max(ledger.longestMs(), softly.longestMs())).toBeLessThan(SOON_MS);
    } finally {
      await redis.command('SCRIPT', 'KILL');
      expect(await endless).toMatchObject({ executed: 'unknown' });
      await other.close();
    }
    await until(() =>
      at.strict.get('k').then(
        (value) => value === 'v',
        () => false,
      ),
    );
    expect(await connectionIds(redis.primary, CLIENT)).toEqual([id]);
    expect((await infoNumber(redis.primary, 'total_connections_received')) - accepted).toBe(0);
    expect(at.log).toHaveLength(1);
  });

  it('fault 35: a full server refuses to store and is not asked twice; reading, deleting and expiring go on', async () => {
    await at.strict.setMany({ a: 1, b: 2, c: 3 });
    const before = await commandCalls(redis.primary, 'set');
    await redis.command('CONFIG', 'SET', 'maxmemory', '1000000');
    try {
      const ledger = new CallLedger();
      for (let i = 0; i < 20; i += 1) ledger.make(() => at.strict.set(`full${i}`, i));
      expect(await ledger.settle()).toBe(0);
      expect(ledger.reasons()).toEqual({ OOM: 20 });
      expect(ledger.rejected(false)).toHaveLength(20);
      expect((await commandCalls(redis.primary, 'set')).refused - before.refused).toBe(20);
      expect(await at.soft.set('full', 1)).toBe(false);
      expect(await at.soft.add('full', 1)).toBe(false);
      expect(await at.strict.get('a')).toBe(1);
      expect(await at.strict.delete('a')).toBe(true);
      expect(await at.strict.touch('b', 10)).toBe(true);
      expect(await at.strict.get('a')).toBeUndefined();
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await at.strict.set('full', 1)).toBe(true);
    expect(at.log).toHaveLength(1);
  });

  it('fault 36: with no room for clients callers go without, the door is knocked at less than five times a second, in one line', async () => {
    const rejected = (): Promise<number> => infoNumber(redis.primary, 'rejected_connections');
    await redis.command('CONFIG', 'SET', 'maxclients', '1');
    const before = await rejected();
    try {
      const [id] = await connectionIds(redis.primary, CLIENT);
      await redis.command('CLIENT', 'KILL', 'ID', id!);
      await until(async () => (await rejected()) > before);
      const sinceMs = performance.now();
      const ledger = new CallLedger();
      const enough = until(() => performance.now() - sinceMs > 3000);
      await ledger.makeUntil(enough, 20, (call) => (call % 2 ? at.soft.get('warm') : at.strict.get('warm')));
      expect(ledger.unsettled()).toEqual([]);
      expect(ledger.untyped()).toEqual([]);
      expect(ledger.answered().every(({ id: call, value }) => call % 2 === 1 && value === undefined)).toBe(true);
      expect(ledger.rejected(false)).toHaveLength(ledger.calls.filter(({ id: call }) => call % 2 === 0).length);
      expect(ledger.longestMs()).toBeLessThan(DEADLINE_MS + SOON_MS);
      expect((await rejected()) - before).toBeLessThan(5 * 4 + 5);
      expect(at.log.filter(({ message }) => message.includes('no connection'))).toHaveLength(1);
    } finally {
      await redis.command('CONFIG', 'SET', 'maxclients', '1000');
    }
    await until(
      () =>
        at.strict.get('warm').then(
          (value) => value === 1,
          () => false,
        ),
      SOON_MS,
    );
    expect(at.log.length).toBeLessThanOrEqual(5);
  });

  it('fault 38: a connection that the server kills, or closes for being idle, costs at most what was in flight, and nothing is sent twice', async () => {
    await at.strict.set('n', 0);
    const ledger = new CallLedger<number | bigint>();
    for (let round = 0; round < 5; round += 1) {
      for (let i = 0; i < 20; i += 1) ledger.make(() => at.strict.incr('n'));
      await ledger.settle();
      // In one turn and on one connection: what is behind the kill is in flight when the connection ends.
      const [id] = await connectionIds(redis.primary, CLIENT);
      for (let i = 0; i < 20; i += 1) ledger.make(() => at.strict.incr('n'));
      ledger.make(() => at.strict.command('CLIENT', 'KILL', 'ID', id!, 'SKIPME', 'no').then(() => 0));
      for (let i = 0; i < 20; i += 1) ledger.make(() => at.strict.incr('n'));
      expect(await ledger.settle()).toBe(0);
    }
    const applied = Number(await at.strict.get('n'));
    const told = ledger.answered().flatMap(({ value }) => (value === 0 ? [] : [Number(value)]));
    expect(new Set(told).size).toBe(told.length);
    expect(applied).toBeGreaterThanOrEqual(told.length);
    expect(applied).toBeLessThanOrEqual(told.length + ledger.rejected('unknown').length);
    // Those behind the kill are not sent again on another connection.
    expect(ledger.rejected('unknown').length).toBeGreaterThanOrEqual(5 * 20);
    expect(ledger.untyped()).toEqual([]);

    await redis.command('CONFIG', 'SET', 'timeout', '1');
    try {
      // Another idle connection shows when the server has closed whoever was silent.
      const witness = connect(redis.port, redis.host);
      await once(witness, 'connect');
      witness.resume();
      await once(witness, 'close');
      for (let i = 0; i < 20; i += 1) expect(await at.strict.set('k', i)).toBe(true);
    } finally {
      await redis.command('CONFIG', 'SET', 'timeout', '0');
    }
  });
});

describe('a server that loads its data', () => {
  const KEYS = 2500;

  it('fault 30: a loading server is an outage in which fail-open is open at once, and over as soon as the data is there', async () => {
    const redis = await startLocalRedis({
      password: 'admin',
      aof: false,
      redisConfig: { 'key-load-delay': '1000', 'loading-process-events-interval-bytes': '1024' },
    });
    const at = await openCaches(redis.url(), { deadline: DEADLINE_MS });
    try {
      await redis.command('DEBUG', 'POPULATE', KEYS);
      await redis.command('SAVE');
      await redis.kill();
      const loaded = redis.restart();
      let isLoaded = false;
      const loadedAtMs = loaded.then(() => {
        isLoaded = true;
        return performance.now();
      });
      await until(() =>
        at.strict.get('warm').then(
          () => false,
          ({ message }: Error) => message.includes('loading'),
        ),
      );
      const ledger = new CallLedger();
      const softly = new CallLedger();
      await Promise.all([
        ledger.makeUntil(loaded, 50, () => at.strict.get('warm')),
        (async () => {
          for (; !isLoaded; await pause(10)) {
            softly.make(() => at.soft.get('warm'));
            await softly.settle();
          }
        })(),
      ]);
      await until(
        () =>
          at.strict.get('warm').then(
            () => true,
            () => false,
          ),
        SOON_MS,
      );
      expect(performance.now() - (await loadedAtMs)).toBeLessThan(SOON_MS);
      expect(await at.strict.get('warm')).toBe(1);

      expect(ledger.untyped()).toEqual([]);
      expect(softly.rejected()).toEqual([]);
      expect(ledger.rejected().length).toBeGreaterThan(5);
      // The breaker is open: a caller that waited for his deadline each time would be asked a few times only.
      expect(softly.calls.length).toBeGreaterThan(50);
      expect(softly.calls.map(({ value }) => value).filter((value) => value !== undefined && value !== 1)).toEqual([]);
      expect(at.log.length).toBeLessThanOrEqual(7);
    } finally {
      await at.caches.close();
      await redis.stop();
    }
  });
});
