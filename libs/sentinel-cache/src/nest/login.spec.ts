import 'reflect-metadata';
import { Controller, Get, Injectable, Session, type INestApplication, type PipeTransform } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCaches } from '../cache/create-caches.js';
import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { Authentication, type LoginUser } from '../session/auth/authentication.js';
import { bindAuthentication, login } from '../session/auth/login.js';
import { CacheSession } from '../session/state/cache-session.js';
import { CacheEngine } from '../session/engines/cache.engine.js';
import type { SessionEngine } from '../session/port/session-engine.js';
import type { SessionConfig } from '../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import { CurrentUser } from './current-user.decorator.js';
import { LoginRequired } from './login-required.guard.js';

interface Account extends LoginUser {
  readonly name: string;
}
const ADA: Account = { id: 7, passwordHash: 'pbkdf2_sha256$1000$salt$ada=', name: 'Ada' };

@Injectable()
class Seen implements PipeTransform {
  static readonly values: unknown[] = [];
  transform(value: unknown): unknown {
    Seen.values.push(value);
    return value;
  }
}

@Controller('some')
class SomeController {
  @Get('open') open(@CurrentUser() user: Account | null) {
    return { name: user?.name ?? null };
  }
  @Get('closed') @LoginRequired() closed(@CurrentUser() user: Account, @CurrentUser() again: Account) {
    return { name: user.name, same: user === again };
  }
  @Get('sign-in') async signIn(@Session() session: CacheSession, @CurrentUser() before: Account | null) {
    await login(session, ADA);
    await session.state.save();
    return { before, key: session.sessionKey };
  }
}

@Controller('all')
@LoginRequired()
class AllController {
  @Get() all() {
    return { ok: true };
  }
}

const open = new Set<{ close(): Promise<unknown> }>();
afterEach(async () => {
  await Promise.all([...open].map((one) => one.close()));
  open.clear();
});

/** An application whose sessions are made by hand: the header `x-key` names the session. */
async function boot(
  platform: 'express' | 'fastify',
  { outage = 'error', broken = false }: { outage?: SessionConfig['outage']; broken?: boolean } = {},
) {
  const caches: SentinelCaches = createCaches({ default: { BACKEND: 'locmem' } });
  const state = { down: false, loads: 0 };
  const loadUser = async (id: string) => {
    state.loads += 1;
    if (state.down) throw new Error('database away');
    return id === '7' ? ADA : null;
  };
  const authentication = new Authentication({ secretKeys: ['secret'], backends: ['b'] }, { loadUser });
  const fail = () => Promise.reject(new CacheUnavailableError('no-primary', false, 'nobody answers'));
  const engine: SessionEngine = broken
    ? { keepsDates: true, load: fail, create: fail, replace: fail, delete: fail, exists: fail, clearExpired: fail }
    : new CacheEngine(caches.get());
  const attach = (request: { headers: Record<string, unknown>; session?: CacheSession }) => {
    if ('x-none' in request.headers) return;
    const config = { cookieAgeSeconds: 60, outage } as SessionConfig;
    request.session = new CacheSession(engine, config, SYSTEM_CLOCK, request.headers['x-key'] as string | undefined);
    bindAuthentication(request.session, authentication);
  };
  const testing = await Test.createTestingModule({ controllers: [SomeController, AllController] }).compile();
  const app: INestApplication =
    platform === 'express' ? testing.createNestApplication() : testing.createNestApplication(new FastifyAdapter());
  if (platform === 'express') app.use((request: never, _: unknown, next: () => void) => (attach(request), next()));
  else
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', async (request: never) => attach(request));
  app.useGlobalPipes(new Seen());
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  open.add(app).add(caches);
  const url = await app.getUrl();
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/${path}`, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { get, state };
}

describe.each(['express', 'fastify'] as const)('on %s', (platform) => {
  it('@LoginRequired() answers 401 when nobody is logged in, on a handler and on a controller', async () => {
    const { get, state } = await boot(platform);
    for (const path of ['some/closed', 'all']) {
      expect((await get(path)).status).toBe(401);
      expect((await get(path, { 'x-key': 'k'.repeat(32) })).status).toBe(401);
    }
    expect([(await get('some/open')).body, state.loads]).toEqual([{ name: null }, 0]);
  });

  it('@CurrentUser() is the user, loaded once a request beside @LoginRequired(); a global pipe is handed the user, no promise', async () => {
    const { get, state } = await boot(platform);
    const { body } = await get('some/sign-in');
    expect(body).toEqual({ before: null, key: expect.stringMatching(/^[a-z0-9]{32}$/) });
    const headers = { 'x-key': String(body.key) };
    Seen.values.length = 0;
    expect(await get('some/closed', headers)).toEqual({ status: 200, body: { name: 'Ada', same: true } });
    expect([state.loads, Seen.values]).toEqual([1, [ADA, ADA]]);
    expect((await get('all', headers)).status).toBe(200);
    expect((await get('some/open', headers)).body).toEqual({ name: 'Ada' });
    expect(state.loads).toBe(3);
  });

  it('when the user can not be loaded both answer 503, and the login is there afterwards', async () => {
    const { get, state } = await boot(platform);
    const headers = { 'x-key': String((await get('some/sign-in')).body.key) };
    state.down = true;
    for (const path of ['some/open', 'some/closed', 'all']) {
      const { status, body } = await get(path, headers);
      expect([status, JSON.stringify(body).includes('database')]).toEqual([503, false]);
    }
    state.down = false;
    expect((await get('some/closed', headers)).status).toBe(200);
  });

  it('without a session on the request it is a clear error of the server, not 401', async () => {
    const { get } = await boot(platform);
    for (const path of ['some/open', 'some/closed', 'all']) expect((await get(path, { 'x-none': '1' })).status).toBe(500);
  });

  it.each(['error', 'anonymous'] as const)(
    'in an outage of the session (SESSION_OUTAGE %s) @LoginRequired() answers 503',
    async (outage) => {
      const { get } = await boot(platform, { outage, broken: true });
      const headers = { 'x-key': 'k'.repeat(32) };
      for (const path of ['some/closed', 'all']) expect((await get(path, headers)).status).toBe(503);
      expect((await get('some/open', headers)).status).toBe(outage === 'error' ? 503 : 200);
    },
  );
});
