import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { CacheSessionStore as ExpressStore } from 'nestjs-sentinel-cache/express-session';
import { CacheSessionStore as FastifyStore } from 'nestjs-sentinel-cache/fastify-session';
import request from 'supertest';

import { CacheUnavailableError } from '../../libs/sentinel-cache/src/errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../libs/sentinel-cache/src/errors/command-rejected.error.js';
import { CacheSession } from '../../libs/sentinel-cache/src/session/state/cache-session.js';
import { createSessionEngine } from '../../libs/sentinel-cache/src/session/engines/create-engine.js';
import { KeyMutex } from '../../libs/sentinel-cache/src/session/engines/file.engine.js';
import type { SessionRepository } from '../../libs/sentinel-cache/src/session/engines/session-repository.js';
import { StaleEntries } from '../../libs/sentinel-cache/src/session/engines/stale-entries.js';
import type { SessionEngine } from '../../libs/sentinel-cache/src/session/port/session-engine.js';
import { SYSTEM_CLOCK } from '../../libs/sentinel-cache/src/time/clock.js';
import { Faults } from '../../libs/sentinel-cache/src/testing/faults.js';
import { sessionSettings } from './engines.suite.js';
import { PLATFORMS, startSessionApp } from './session-app.js';

/** What nobody may read anywhere: whoever has it has the session. */
const SECRET = 'k3yk3yk3yk3yk3yk3yk3yk3yk3yk3y99';
const PREFIX = 'x'.repeat(170);
/** Those that were made meanwhile. */
const newKeys = new Set<string>();

/** All that a log could show of an error, its causes and whatever hangs on it. */
function shown(error: unknown): string {
  const parts = [inspect(error, { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity })];
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth += 1) {
    parts.push(at.message, String(at.stack), String(at), JSON.stringify(at), JSON.stringify(Object.entries(at)));
  }
  return parts.join('\n');
}

function expectNoSecret(text: string): void {
  expect(text).not.toContain(SECRET);
  // Nor most of it, where a long key was cut.
  expect(text).not.toContain(SECRET.slice(0, 12));
  for (const key of newKeys) expect(text).not.toContain(key);
}

/** What is published beside the errors. */
let published: unknown[];
const note = (event: unknown): void => void published.push(event);
const CHANNELS = ['ignored-error', 'operation', 'state'].map((name) => `nestjs-sentinel-cache:${name}`);
const TRACING = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(
  (phase) => `tracing:nestjs-sentinel-cache:operation:${phase}`,
);
const closing: (() => unknown)[] = [];
beforeEach(() => {
  published = [];
  for (const channel of [...CHANNELS, ...TRACING]) subscribe(channel, note);
});
afterEach(async () => {
  for (const channel of [...CHANNELS, ...TRACING]) unsubscribe(channel, note);
  for (const event of published) {
    expectNoSecret(inspect(event, { depth: Infinity, showHidden: true }));
    expectNoSecret(shown((event as { error?: unknown }).error));
  }
});
afterAll(async () => {
  for (const close of closing) await close();
});

function caches(more: Record<string, unknown> = {}, faults?: Faults): SentinelCaches {
  const location = `keys-in-errors-${closing.length}`;
  const made = createCaches(
    {
      default: { BACKEND: 'locmem', LOCATION: location, KEY_PREFIX: PREFIX, OPTIONS: { SERIALIZER: 'pickle' }, ...more },
      damaging: { BACKEND: 'locmem', LOCATION: location, KEY_PREFIX: PREFIX, OPTIONS: { SERIALIZER: 'json' }, ...more },
    } as never,
    faults ? { faults } : {},
  );
  closing.push(() => made.close());
  return made;
}

/** An error as drivers make them: with statements, parameters, requests and causes. */
function driverError(key = SECRET): Error {
  const detail = `Key (session_key)=(${key}) already exists.`;
  const error = new TypeError(`duplicate key: ${detail}`, { cause: new Error(`cause: ${detail}`, { cause: { sql: detail } }) });
  return Object.assign(error, {
    detail,
    parameters: [key],
    request: { headers: { cookie: key } },
    code: '23505',
    [Symbol('q')]: key,
  });
}

/** A table that refuses everything, and repeats what it was asked. */
function repositoryOf(error: (key: string) => unknown): SessionRepository {
  const fail = (key: string) => {
    newKeys.add(key);
    return Promise.reject(error(key) as Error);
  };
  const deleteExpired = () => Promise.reject(new Error('no such table'));
  return { find: fail, insert: fail, updateIfUnchanged: fail, delete: fail, exists: fail, deleteExpired };
}

function engineOver(
  name: string,
  cache?: SentinelCache,
  repository?: SessionRepository,
  more: Record<string, unknown> = {},
): SessionEngine {
  const { config, auth } = sessionSettings({ SESSION_ENGINE: name, CACHES: { default: { BACKEND: 'locmem' } }, ...more });
  return createSessionEngine({ config, auth, cache, repository, clock: SYSTEM_CLOCK });
}

/** Every way to use an engine, by itself and through a session; the errors of those that fail. */
async function failuresOf(engine: SessionEngine): Promise<unknown[]> {
  const { config } = sessionSettings({ SESSION_ENGINE: 'cache', CACHES: { default: { BACKEND: 'locmem' } } });
  const session = () => new CacheSession(engine, config, SYSTEM_CLOCK, SECRET);
  const unwritable = { n: () => undefined };
  const all = await Promise.allSettled([
    engine.load(SECRET),
    engine.create(SECRET, { n: 1 }, 60),
    engine.create(SECRET, unwritable, 60),
    engine.replace(SECRET, 'token', { n: 2 }, 60),
    engine.replace(SECRET, 'token', unwritable, 60),
    engine.exists(SECRET),
    session().get('n'),
    session().set('n', 1),
    session().toObject(),
    session().clear(),
    session().cycleKey(),
    engine.delete(SECRET),
    session().flush(),
    engine.clearExpired(),
  ]);
  return all.filter(({ status }) => status === 'rejected').map((result) => (result as PromiseRejectedResult).reason as unknown);
}

async function expectDiscreet(engine: SessionEngine, atLeast = 5): Promise<void> {
  const failures = await failuresOf(engine);
  expect(failures.length).toBeGreaterThanOrEqual(atLeast);
  for (const error of failures) expectNoSecret(shown(error));
}

describe('no error of an engine tells a session´s key', () => {
  for (const encrypted of [false, true]) {
    it(`cache, ${encrypted ? 'sealed' : 'plain'}: bytes that can't be read, and entries that are no dict`, async () => {
      for (const value of [{ n: 'x'.repeat(50) }, [1], 'text']) {
        const all = caches();
        await all.get('damaging').set(`django.contrib.sessions.cache${SECRET}`, value);
        await expectDiscreet(engineOver('cache', all.strict(), undefined, { SESSION_ENCRYPTION: encrypted }));
      }
    });
  }

  it('cache: outages and refusals, of a server that repeats the key', async () => {
    const fails = [
      () => new CacheUnavailableError('deadline', 'unknown', `no answer to GET ${SECRET}`, { cause: driverError() }),
      () => new CommandRejectedError('ERR', `ERR unknown command 'GET', with args beginning with: '${SECRET}'`),
      () => driverError(),
    ];
    for (const fail of fails) {
      const cache = caches().strict();
      const rejecting = () => Promise.reject(fail());
      Object.assign(cache, {
        getWithToken: rejecting,
        add: rejecting,
        compareAndSet: rejecting,
        delete: rejecting,
        has: rejecting,
      });
      await expectDiscreet(engineOver('cache', cache), 10);
    }
  });

  it('cache: a KEY_FUNCTION that throws, and says what it was given', async () => {
    const KEY_FUNCTION = (key: string): string => {
      throw new RangeError(`no room for ${key}`);
    };
    await expectDiscreet(engineOver('cache', caches({ KEY_FUNCTION }).strict()), 10);
  });

  it.each(['db', 'cached_db'])('%s: what a driver says, whatever it hangs on its errors', async (name) => {
    const outage = (key: string): unknown =>
      new CacheUnavailableError('connection-lost', 'unknown', `lost while ${key}`, { cause: driverError(key) });
    for (const fail of [
      driverError,
      outage,
      (key: string) => Object.freeze(driverError(key)),
      (key: string) => new AggregateError([driverError(key)], key),
      (key: string) => key,
    ]) {
      await expectDiscreet(engineOver(name, caches().strict(), repositoryOf(fail)), 8);
    }
  });

  it('cached_db: what is published when the cache is away', async () => {
    const cache = caches().strict();
    const fail = () => Promise.reject(new CommandRejectedError('OOM', `OOM while ${SECRET}`, { cause: driverError() }));
    Object.assign(cache, { getWithToken: fail, set: fail, delete: fail, has: fail });
    const rows: SessionRepository = { ...repositoryOf(driverError), find: async () => undefined, exists: async () => false };
    await expectDiscreet(engineOver('cached_db', cache, rows), 4);
    expect(published.length).toBeGreaterThan(0);
  });

  it('what a process remembers of keys is not shown either', async () => {
    const stale = new StaleEntries(caches().strict());
    const mutex = new KeyMutex();
    stale.add(SECRET);
    await mutex.run(SECRET, async () => expectNoSecret(inspect([stale, mutex], { depth: 3, showHidden: true })));
  });

  it('file: links, folders and folders that are away', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keys-'));
    closing.push(() => rmSync(folder, { recursive: true }));
    const engine = engineOver('file', undefined, undefined, { SESSION_FILE_PATH: folder });
    const path = join(folder, `sessionid${SECRET}`);
    mkdirSync(path);
    await expectDiscreet(engine);
    rmSync(path, { recursive: true });
    symlinkSync('/etc/passwd', path);
    await expectDiscreet(engine, 4);
    const away = engineOver('file', undefined, undefined, { SESSION_FILE_PATH: join(folder, 'away') });
    await expectDiscreet(away, 4);
    chmodSync(folder, 0o700);
  });
});

describe.each(PLATFORMS)('no log tells a session´s key, %s', (platform) => {
  afterEach(() => Logger.overrideLogger(true));

  it('a live session written by another serializer: 503, and a line without it', async () => {
    const CACHES = {
      default: { BACKEND: 'locmem', LOCATION: `log-${platform}`, OPTIONS: { SERIALIZER: 'pickle' } },
      other: { BACKEND: 'locmem', LOCATION: `log-${platform}`, OPTIONS: { SERIALIZER: 'json' } },
    };
    const app = await startSessionApp(platform, { CACHES, SESSION_ENGINE: 'cache', SECRET_KEY: 's' } as never, {}, false);
    closing.push(() => app.close());
    const lines: string[] = [];
    const tell = (...words: unknown[]): void =>
      void lines.push(words.map((word) => (typeof word === 'string' ? word : shown(word))).join(' '));
    // Whoever starts an application for tests takes the log.
    Logger.overrideLogger({ log: tell, warn: tell, error: tell, debug: tell, verbose: tell, fatal: tell });
    const { SentinelCaches } = await import('nestjs-sentinel-cache');
    await app.get(SentinelCaches).get('other').set(`django.contrib.sessions.cache${SECRET}`, { user: 7 });
    const http = () => request(app.getHttpServer() as never);
    const uses = [
      http().get('/read'),
      http().post('/set/a').send({ value: 1 }),
      http().post('/cycle'),
      http().post('/expiry').send({ seconds: 5 }),
    ];
    for (const use of uses) {
      const response = await use.set('Cookie', `sessionid=${SECRET}`);
      expect(response.status).toBe(503);
      expectNoSecret(response.text + JSON.stringify(response.headers));
    }
    expect(lines.join('\n')).toContain('The session is not available right now');
    expectNoSecret(lines.join('\n'));
  });

  it('a session that a program logs shows nothing', () => {
    const session = new CacheSession(engineOver('cache', caches().strict()), {} as never, SYSTEM_CLOCK, SECRET);
    for (const text of [inspect(session), inspect({ session }, { depth: Infinity, showHidden: true }), JSON.stringify(session)])
      expectNoSecret(text);
  });
});

describe.each([
  ['express-session', (cache: SentinelCache) => new ExpressStore(cache)],
  ['@fastify/session', (cache: SentinelCache) => new FastifyStore(cache)],
] as const)('no error of the store of %s tells a session´s id', (_, open) => {
  type Call = (callback: (error: unknown) => void) => void;
  const errorOf = (call: Call): Promise<unknown> => new Promise((resolve) => call(resolve));
  const SESSION = { cookie: { originalMaxAge: 1000, expires: new Date(Date.now() + 1000) } };

  async function errorsOf(cache: SentinelCache): Promise<unknown[]> {
    const store = open(cache) as never as Record<'get' | 'set' | 'touch' | 'destroy' | 'all', (...args: unknown[]) => void>;
    const calls: Call[] = [
      (callback) => store.get(SECRET, callback),
      (callback) => store.all(callback),
      (callback) => store.touch(SECRET, { ...SESSION, cookie: { ...SESSION.cookie, path: '/other' } }, callback),
      (callback) => store.set(SECRET, SESSION, callback),
      (callback) => store.destroy(SECRET, callback),
    ];
    const errors: unknown[] = [];
    // One after the other: what is set would not be found damaged.
    for (const call of calls) errors.push(await errorOf(call));
    // Nobody asked: it is published.
    store.set(SECRET, SESSION);
    store.destroy(SECRET);
    await new Promise((resolve) => setImmediate(resolve));
    return errors.filter(Boolean);
  }

  it('bytes that can´t be read, and what is no session', async () => {
    for (const value of [{ n: 1 }, 'no json', '[]', '{"cookie":[]}']) {
      const all = caches();
      await all.get(typeof value === 'string' ? 'default' : 'damaging').set(`sess:${SECRET}`, value);
      const errors = await errorsOf(all.get());
      expect(errors.length).toBeGreaterThanOrEqual(2);
      for (const error of errors) expectNoSecret(shown(error));
    }
  });

  it('what a server or a KEY_FUNCTION says', async () => {
    const cache = caches().strict();
    const fail = () => Promise.reject(new CacheUnavailableError('deadline', false, `while ${SECRET}`, { cause: driverError() }));
    Object.assign(cache, { getWithPttl: fail, getWithToken: fail, set: fail, delete: fail, touch: fail });
    const KEY_FUNCTION = (key: string): string => {
      throw new RangeError(`no room for ${key}`);
    };
    for (const one of [cache, caches({ KEY_FUNCTION }).strict()]) {
      const errors = await errorsOf(one);
      expect(errors.length).toBeGreaterThanOrEqual(4);
      for (const error of errors) expectNoSecret(shown(error));
    }
    expect(published.length).toBeGreaterThan(0);
  });

  it('a field that libraries would copy into a prototype is none', async () => {
    const all = caches();
    await all
      .get()
      .set(`sess:${SECRET}`, '{"__proto__":{"isAdmin":true},"n":1,"cookie":{"__proto__":{"isAdmin":true},"path":"/"}}');
    const session = await new Promise<Record<string, unknown>>((resolve, reject) =>
      (open(all.get()) as FastifyStore).get(SECRET, (error, found) => (error ? reject(error as Error) : resolve(found as never))),
    );
    const copies = [Object.assign({}, session), Object.assign({}, session['cookie'])] as { isAdmin?: boolean; n?: number }[];
    expect(copies.map(({ isAdmin, n }) => [isAdmin, n])).toEqual([
      [undefined, 1],
      [undefined, undefined],
    ]);
  });
});
