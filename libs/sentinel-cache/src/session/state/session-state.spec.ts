import { setTimeout as pause } from 'node:timers/promises';

import { beforeEach, describe, expect, it } from '@jest/globals';

import { createCaches } from '../../cache/create-caches.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import { resolveSettings } from '../../settings/resolve-settings.js';
import { SYSTEM_CLOCK } from '../../time/clock.js';
import { CacheSession } from './cache-session.js';
import { CacheEngine } from '../engines/cache.engine.js';
import type { StoredSession } from '../port/session-engine.js';
import { SessionExchange } from '../exchange/session-exchange.js';

const settings = { CACHES: { default: { BACKEND: 'locmem' } }, SESSION_ENGINE: 'django.contrib.sessions.backends.cache' };
const config: SessionConfig = resolveSettings(settings).sessions!;

/** A store that takes its time to answer, so that other things happen meanwhile. */
class SlowEngine extends CacheEngine {
  delayMs = 0;
  override async load(key: string): Promise<StoredSession | undefined> {
    const stored = await super.load(key);
    if (this.delayMs > 0) await pause(this.delayMs);
    return stored;
  }
}

describe('SessionState', () => {
  let engine: SlowEngine;
  const open = (key?: string): CacheSession => new CacheSession(engine, config, SYSTEM_CLOCK, key);
  const fields = async (key: string): Promise<unknown> => (await engine.load(key))?.data;
  beforeEach(() => {
    engine = new SlowEngine(createCaches(settings).get());
  });
  async function stored(data: Record<string, unknown>): Promise<string> {
    const session = open();
    for (const [name, value] of Object.entries(data)) await session.set(name, value);
    await session.state.save();
    return session.sessionKey!;
  }

  it('an answer that comes after flush does not bring the session back', async () => {
    const key = await stored({ user: 7 });
    engine.delayMs = 20;
    const session = open(key);
    await Promise.all([session.get('user'), session.flush()]);
    await session.set('after', 1);
    await session.state.save();
    expect(await fields(key)).toBeUndefined();
    expect(await fields(session.sessionKey!)).toEqual({ after: 1 });
  });

  it('cycleKey of a session that was ended meanwhile ends it here too, under every key', async () => {
    const key = await stored({ user: 7 });
    const session = open(key);
    await session.get('user');
    await open(key).flush();
    await expect(session.cycleKey()).rejects.toMatchObject({ code: 'SENTINEL_CACHE_SESSION_INTERRUPTED' });
    expect(session.sessionKey).toBeUndefined();
    expect(await session.toObject()).toEqual({});
  });

  it('several saves in one request leave what others wrote in between alone', async () => {
    const session = open();
    await session.set('a', 1);
    await session.state.save();
    await session.set('b', 1);
    await session.state.save();
    const other = open(session.sessionKey);
    await other.set('a', 2);
    await other.state.save();
    await session.set('c', 1);
    await session.state.save();
    expect(await fields(session.sessionKey!)).toEqual({ a: 2, b: 1, c: 1 });
  });

  it('two cycleKeys at once leave one session', async () => {
    const key = await stored({ user: 7 });
    const session = open(key);
    const keys = new Set<string | undefined>([key]);
    await Promise.all([
      session.cycleKey().then(() => keys.add(session.sessionKey)),
      session.cycleKey().then(() => keys.add(session.sessionKey)),
    ]);
    keys.delete(session.sessionKey);
    expect(await fields(session.sessionKey!)).toEqual({ user: 7 });
    for (const gone of keys) expect(await fields(gone!)).toBeUndefined();
  });

  it('S-2: a key shorter than eight characters is none', async () => {
    expect(open('short').sessionKey).toBeUndefined();
    expect(await open('short').toObject()).toEqual({});
  });

  it('S-22: without a key and without fields it is empty; a key that was never asked for is not', async () => {
    expect(open().state.isEmpty()).toBe(true);
    const unknown = open('x'.repeat(32));
    expect(unknown.state.isEmpty()).toBe(false);
    await unknown.get('a');
    expect([unknown.state.isEmpty(), unknown.sessionKey]).toEqual([true, undefined]);
  });

  it('S-49: creating gives up after a few keys, where Django tries ten thousand', async () => {
    let tried = 0;
    engine.create = () => Promise.resolve(++tried < 0);
    const session = open();
    await session.set('a', 1);
    await expect(session.state.save()).rejects.toMatchObject({ code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE' });
    expect(tried).toBe(8);
  });

  it('S-50: cookie and entry end at the same moment', async () => {
    const clock = { wallMs: () => Date.UTC(2030, 0, 1), monotonicMs: () => 0 };
    const exchange = new SessionExchange(engine, config, clock, { onBegin: () => undefined, onSaved: () => Promise.resolve() });
    const session = exchange.begin(undefined);
    await session.set('a', 1);
    const ages: number[] = [];
    const { create } = engine;
    engine.create = (key, data, ageSeconds) => (ages.push(ageSeconds), create.call(engine, key, data, ageSeconds));
    const { setCookie } = await exchange.finish(session, 200);
    expect(setCookie).toContain(`Max-Age=${ages[0]}`);
    expect(setCookie).toContain('expires=Tue, 15 Jan 2030 00:00:00 GMT');
  });

  it('S-21: deleting what is not there changes nothing', async () => {
    const key = await stored({ a: 1 });
    const session = open(key);
    expect(await session.delete('b')).toBe(false);
    expect(await session.state.isModified()).toBe(false);
  });

  it('S-24: the test cookie works', async () => {
    const session = open();
    await session.setTestCookie();
    expect(await session.testCookieWorked()).toBe(true);
    await session.deleteTestCookie();
    expect(await session.testCookieWorked()).toBe(false);
  });

  it('a write after the response has left throws', async () => {
    const session = open();
    session.state.close();
    await expect(session.set('a', 1)).rejects.toMatchObject({ code: 'SENTINEL_CACHE_SESSION_CLOSED' });
    expect(() => session.setExpiry(1)).toThrow('after the response');
  });
});
