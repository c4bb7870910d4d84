import type { INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CacheSession, currentUser, login, logout, SentinelCaches, Sessions, type DjangoSettings } from 'nestjs-sentinel-cache';

import { startSessionApp } from './session-app.js';

const user = { id: 7, passwordHash: 'pbkdf2_sha256$1$salt$hash' };

describe('sessions.forUser', () => {
  let redis: LocalRedis;
  let app: INestApplication;
  let sessions: Sessions;
  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = {
      CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '5s' } } },
      SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
      SECRET_KEY: 'contract-secret-key',
    } as DjangoSettings;
    app = await startSessionApp('express', settings, { loadUser: (id) => (id === '7' ? user : null) });
    sessions = app.get(Sessions);
  });
  afterAll(async () => {
    await app.close();
    await redis.stop();
  });

  /** A request of a browser: what it does with its session, and the cookie it leaves with. */
  async function visit(cookie: string | undefined, act: (session: CacheSession) => Promise<unknown>): Promise<string> {
    const session = sessions.exchange.begin(sessions.exchange.cookieOf(cookie));
    await act(session);
    const { setCookie } = await sessions.exchange.finish(session, 200);
    return setCookie?.split(';')[0] ?? cookie!;
  }

  it('lists the sessions a user is logged in at, and ends one of them', async () => {
    const laptop = await visit(undefined, (session) => login(session, user));
    const phone = await visit(undefined, (session) => login(session, user));
    const listed = await sessions.forUser(7);
    expect(listed.map(({ sessionKey }) => `sessionid=${sessionKey}`).sort()).toEqual([laptop, phone].sort());
    await listed.find(({ sessionKey }) => laptop.endsWith(sessionKey))!.end();
    await visit(laptop, async (session) => expect(await currentUser(session)).toBeNull());
    await visit(phone, async (session) => expect(await currentUser(session)).toEqual(user));
    expect(await sessions.forUser(7)).toHaveLength(1);
    await visit(phone, (session) => logout(session));
    expect(await sessions.forUser(7)).toEqual([]);
  });

  it('knows a login that Django made from its first request here on', async () => {
    const ours = await visit(undefined, (session) => login(session, user));
    const key = ours.split('=')[1]!;
    const cache = app.get(SentinelCaches).strict();
    // Django writes the session and nothing else.
    await cache.delete('nestjs-sentinel-cache.sessions.user.7');
    await cache.set(
      `django.contrib.sessions.cacheelsewhere${'x'.repeat(23)}`,
      await cache.get(`django.contrib.sessions.cache${key}`),
    );
    const django = `sessionid=elsewhere${'x'.repeat(23)}`;
    expect(await sessions.forUser(7)).toEqual([]);
    await visit(django, async (session) => expect(await currentUser(session)).toEqual(user));
    expect((await sessions.forUser(7)).map(({ sessionKey }) => `sessionid=${sessionKey}`)).toEqual([django]);
  });

  it('an unknown user has none', async () => {
    expect(await sessions.forUser('nobody')).toEqual([]);
  });
});
