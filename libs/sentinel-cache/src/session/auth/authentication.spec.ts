import { inspect } from 'node:util';

import { afterEach, describe, expect, it } from '@jest/globals';
import { createCaches } from '../../cache/create-caches.js';
import type { SentinelCaches } from '../../cache/sentinel-caches.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import type { AuthConfig, SessionConfig } from '../../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK } from '../../time/clock.js';
import { resolveSettings } from '../../settings/resolve-settings.js';
import { CacheSession } from '../state/cache-session.js';
import { createSessionEngine } from '../engines/create-engine.js';
import { CacheEngine } from '../engines/cache.engine.js';
import type { SessionEngine } from '../port/session-engine.js';
import { Authentication, type AuthenticationOptions, type LoginUser } from './authentication.js';
import { authenticationOf, bindAuthentication, currentUser, login, logout } from './login.js';
import { sessionAuthHash } from './session-auth-hash.js';

const MODEL_BACKEND = 'django.contrib.auth.backends.ModelBackend';
const FIELDS = ['_auth_user_id', '_auth_user_backend', '_auth_user_hash'];
const ADA: LoginUser = { id: 7, passwordHash: 'pbkdf2_sha256$1000$salt$ada=' };
const GRACE: LoginUser = { id: 8n, passwordHash: 'pbkdf2_sha256$1000$salt$grace=' };

const auth = (more: Partial<AuthConfig> = {}): AuthConfig => ({ secretKeys: ['secret'], backends: [MODEL_BACKEND], ...more });
const sessionConfig = (outage: SessionConfig['outage'] = 'error') => ({ cookieAgeSeconds: 60, outage }) as SessionConfig;

const open = new Set<SentinelCaches>();
afterEach(async () => {
  await Promise.all([...open].map((caches) => caches.close()));
  open.clear();
});

/** Sessions in memory, and a table of users that can be changed and can fail. */
function fixture(config = auth(), options: AuthenticationOptions = {}) {
  const caches = createCaches({ default: { BACKEND: 'locmem' } });
  open.add(caches);
  const users = new Map<string, LoginUser>([ADA, GRACE].map((user) => [String(user.id), user]));
  const loads: string[] = [];
  const state = { down: undefined as Error | undefined };
  const loadUser = async (id: string) => {
    loads.push(id);
    if (state.down) throw state.down;
    return users.get(id);
  };
  const engine = new CacheEngine(caches.get());
  const authentication = new Authentication(config, { loadUser, ...options });
  const request = (key?: string, using: SessionEngine = engine, outage?: SessionConfig['outage']) => {
    const session = new CacheSession(using, sessionConfig(outage), SYSTEM_CLOCK, key);
    bindAuthentication(session, authentication);
    return session;
  };
  const stored = async (fields: Record<string, unknown>) => {
    const session = request();
    for (const [name, value] of Object.entries(fields)) await session.set(name, value);
    await session.state.save();
    return session.sessionKey!;
  };
  const loggedIn = (user: LoginUser, more: Record<string, unknown> = {}) =>
    stored({
      _auth_user_id: String(user.id),
      _auth_user_backend: MODEL_BACKEND,
      _auth_user_hash: sessionAuthHash(user.passwordHash, 'secret'),
      ...more,
    });
  return { authentication, engine, users, loads, state, request, stored, loggedIn };
}

const brokenEngine = (error: Error): SessionEngine => {
  const fail = () => Promise.reject(error);
  return { keepsDates: true, load: fail, create: fail, replace: fail, delete: fail, exists: fail, clearExpired: fail };
};
const outage = () => new CacheUnavailableError('no-primary', false, 'nobody answers');

it('a session whose user logged in, or was looked up, shows no password hash in a log, however deep somebody looks', async () => {
  const { request, loggedIn, authentication } = fixture();
  const fresh = request();
  await login(fresh, ADA);
  const returning = request(await loggedIn(GRACE));
  expect(await currentUser(returning)).toEqual(GRACE);
  for (const shown of [fresh, returning, authentication]) {
    const text = inspect(shown, { depth: Infinity, showHidden: true });
    expect(text).not.toContain('pbkdf2_sha256');
  }
});

it.each(['cache', 'file', 'signed_cookies'])('a session of engine %s in a log shows no SECRET_KEY', (engine) => {
  const { request } = fixture(auth({ secretKeys: ['swordfish'] }));
  const sealed = engine === 'cache' ? { SESSION_ENCRYPTION: true } : {};
  const CACHES = { default: { BACKEND: 'locmem' } };
  const caches = createCaches({ CACHES });
  open.add(caches);
  const { sessions, auth: own } = resolveSettings({ CACHES, SECRET_KEY: 'swordfish', SESSION_ENGINE: engine, ...sealed });
  const parts = { config: sessions!, auth: own, cache: caches.get(), repository: undefined, clock: SYSTEM_CLOCK };
  const session = request(undefined, createSessionEngine(parts));
  const shown = inspect(session, { depth: 20, showHidden: true });
  expect(shown).not.toMatch(/swordfish|hmacKeys|secretKeys/);
});

describe('login', () => {
  it('S-13: an anonymous session gets a new key at once, keeps its fields and the three of the login', async () => {
    const { request, stored, engine } = fixture();
    const key = await stored({ cart: ['tea'] });
    const session = request(key);
    await login(session, ADA);
    expect(session.sessionKey).not.toBe(key);
    expect(await engine.exists(key)).toBe(false);
    expect(await session.toObject()).toEqual({
      cart: ['tea'],
      _auth_user_id: '7',
      _auth_user_backend: MODEL_BACKEND,
      _auth_user_hash: sessionAuthHash(ADA.passwordHash, 'secret'),
    });
  });

  it('S-13: a visitor without a session gets one', async () => {
    const { request, engine } = fixture();
    const session = request();
    await login(session, ADA);
    await session.state.save();
    expect(await engine.exists(session.sessionKey!)).toBe(true);
  });

  it('S-13: what another user had in the session is gone', async () => {
    const { request, loggedIn, engine } = fixture();
    const key = await loggedIn(ADA, { cart: ['tea'] });
    const session = request(key);
    await login(session, GRACE);
    await session.state.save();
    expect(session.sessionKey).not.toBe(key);
    expect(await engine.exists(key)).toBe(false);
    expect(Object.keys(await request(session.sessionKey).toObject()).toSorted()).toEqual(FIELDS.toSorted());
    expect(await currentUser(request(session.sessionKey))).toBe(GRACE);
  });

  it.each([
    ['a hash that does not hold', 'f'.repeat(64)],
    ['no hash', undefined],
  ])('S-13: what stood beside the same user and %s is gone', async (_, hash) => {
    const { request, loggedIn } = fixture();
    const session = request(await loggedIn(ADA, { cart: ['tea'], _auth_user_hash: hash }));
    await login(session, ADA);
    expect(await session.has('cart')).toBe(false);
    expect(await currentUser(session)).toBe(ADA);
  });

  it('S-13: another user of the same password hash is another user all the same', async () => {
    const { request, loggedIn } = fixture();
    const session = request(await loggedIn(ADA, { cart: ['tea'] }));
    await login(session, { ...ADA, id: 70 });
    expect([await session.has('cart'), await session.get('_auth_user_id')]).toEqual([false, '70']);
  });

  it('S-13: the same user again keeps the session and its key, as in Django', async () => {
    const { request, loggedIn } = fixture();
    const key = await loggedIn(ADA, { cart: ['tea'] });
    const session = request(key);
    await login(session, ADA);
    expect([session.sessionKey, await session.get('cart')]).toEqual([key, ['tea']]);
  });

  it('S-13: the CSRF secret changes where the session keeps one, and is not begun where not', async () => {
    const { request, stored } = fixture();
    const session = request(await stored({ _csrftoken: 'x'.repeat(32) }));
    await login(session, ADA);
    expect(await session.get('_csrftoken')).toMatch(/^(?!x{32})[A-Za-z0-9]{32}$/);
    const other = request();
    await login(other, ADA);
    expect(await other.has('_csrftoken')).toBe(false);
  });

  it('S-13: takes the backend from the call, then from the user, then the only one', async () => {
    const { request } = fixture(auth({ backends: [MODEL_BACKEND, 'a.Ldap', 'b.Sso'] }));
    const backendAfter = async (user: LoginUser, backend?: string) => {
      const session = request();
      await login(session, user, backend);
      return session.get('_auth_user_backend');
    };
    expect(await backendAfter(ADA, 'b.Sso')).toBe('b.Sso');
    expect(await backendAfter({ ...ADA, backend: 'a.Ldap' })).toBe('a.Ldap');
    expect(await backendAfter({ ...ADA, backend: 'a.Ldap' }, 'b.Sso')).toBe('b.Sso');
    await expect(backendAfter(ADA)).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
    await expect(backendAfter(ADA, 'not.Listed')).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
  });

  it('refuses what is no user before it touches the session', async () => {
    const { request, stored } = fixture();
    const key = await stored({ cart: 1 });
    for (const user of [undefined, null, {}, { id: 7 }, { passwordHash: 'x' }, { id: {}, passwordHash: 'x' }]) {
      const session = request(key);
      await expect(login(session, user as LoginUser)).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
      expect([session.sessionKey, session.accessed]).toEqual([key, false]);
    }
  });

  it('tells who asked to know, with the session that has its key', async () => {
    const told: unknown[] = [];
    const { request } = fixture(auth(), { onLogin: (id, session) => void told.push([id, session.sessionKey]) });
    const session = request();
    await login(session, GRACE);
    expect(told).toEqual([['8', expect.stringMatching(/^[a-z0-9]{32}$/)]]);
  });

  it('in an outage rejects with 503 and logs nobody in', async () => {
    for (const policy of ['error', 'anonymous'] as const) {
      const session = fixture().request('k'.repeat(32), brokenEngine(outage()), policy);
      await expect(login(session, ADA)).rejects.toMatchObject({ statusCode: 503 });
      expect(session.sessionKey).toBe('k'.repeat(32));
    }
  });

  it('without SECRET_KEY is refused: at once where users are to be loaded, else at the call', async () => {
    const config = auth({ secretKeys: [] });
    expect(() => new Authentication(config, { loadUser: () => null })).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ path: 'SECRET_KEY' })] }),
    );
    const { engine } = fixture();
    const session = new CacheSession(engine, sessionConfig(), SYSTEM_CLOCK, undefined);
    await expect(new Authentication(config).login(session, ADA)).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_IMPROPERLY_CONFIGURED',
    });
  });
});

describe('logout', () => {
  it('S-13: ends the session with everything in it', async () => {
    const { request, loggedIn, engine } = fixture();
    const key = await loggedIn(ADA, { cart: ['tea'] });
    const session = request(key);
    expect(await currentUser(session)).toBe(ADA);
    await logout(session);
    expect([session.sessionKey, await engine.exists(key), await session.toObject(), await currentUser(session)]).toEqual([
      undefined,
      false,
      {},
      null,
    ]);
  });

  it('in an outage rejects with 503, and does not pretend', async () => {
    const session = fixture().request('k'.repeat(32), brokenEngine(outage()));
    await expect(logout(session)).rejects.toMatchObject({ statusCode: 503 });
    expect(session.sessionKey).toBe('k'.repeat(32));
  });
});

describe('currentUser', () => {
  it('S-12: is who the session says, once proven', async () => {
    const { request, loggedIn } = fixture();
    expect(await currentUser(request(await loggedIn(ADA)))).toBe(ADA);
    expect(await currentUser(request(await loggedIn(GRACE)))).toBe(GRACE);
  });

  it('loads once for many calls on one session, at once and one after another', async () => {
    const { request, loggedIn, loads } = fixture();
    const session = request(await loggedIn(ADA));
    const all = await Promise.all(Array.from({ length: 20 }, () => currentUser(session)));
    all.push(await currentUser(session), await currentUser(session));
    expect(all.every((user) => user === ADA)).toBe(true);
    expect(loads).toEqual(['7']);
  });

  it('follows the session: after login, logout and login it is the one who is logged in now', async () => {
    const { request, loggedIn, loads } = fixture();
    const session = request(await loggedIn(ADA));
    const seen = [await currentUser(session)];
    await login(session, GRACE);
    seen.push(await currentUser(session));
    await logout(session);
    seen.push(await currentUser(session));
    await login(session, ADA);
    await session.flush();
    seen.push(await currentUser(session));
    expect(seen).toEqual([ADA, GRACE, null, null]);
    expect(loads).toEqual(['7']);
  });

  it('follows the fields of the session, whoever writes them', async () => {
    const { request, loggedIn } = fixture();
    const session = request(await loggedIn(ADA));
    expect(await currentUser(session)).toBe(ADA);
    await session.set('_auth_user_id', '8');
    await session.set('_auth_user_hash', sessionAuthHash(GRACE.passwordHash, 'secret'));
    expect(await currentUser(session)).toBe(GRACE);
    await session.set('_auth_user_hash', 'no');
    expect(await currentUser(session)).toBeNull();
  });

  it('asks nobody for a visitor who is not logged in, and leaves the session as it is', async () => {
    const { request, stored, loads } = fixture();
    const key = await stored({ cart: ['tea'] });
    const session = request(key);
    expect(await currentUser(session)).toBeNull();
    expect([loads, session.sessionKey, await session.state.isModified()]).toEqual([[], key, false]);
  });

  it.each(['_auth_user_id', '_auth_user_backend'])('S-12: nobody without %s', async (field) => {
    const { request, loggedIn, loads } = fixture();
    expect(await currentUser(request(await loggedIn(ADA, { [field]: undefined })))).toBeNull();
    expect(loads).toEqual([]);
  });

  it('S-12: nobody by a backend that is not listed; the session stays, since it is good at Django', async () => {
    const { request, loggedIn, loads, engine } = fixture();
    const key = await loggedIn(ADA, { _auth_user_backend: 'a.Ldap' });
    expect(await currentUser(request(key))).toBeNull();
    expect([loads, await engine.exists(key)]).toEqual([[], true]);
  });

  it('S-12: nobody when there is no such user (any more), or none who may log in; the session stays, as in Django', async () => {
    const { request, loggedIn, users, engine } = fixture();
    const key = await loggedIn(ADA);
    users.delete('7');
    expect(await currentUser(request(key))).toBeNull();
    expect(await engine.exists(key)).toBe(true);
  });

  it.each(['f'.repeat(64), '', undefined, 7, sessionAuthHash(GRACE.passwordHash, 'secret')])(
    'S-12: a hash that does not hold (%p) ends the session',
    async (hash) => {
      const { request, loggedIn, engine } = fixture();
      const key = await loggedIn(ADA, { _auth_user_hash: hash, cart: ['tea'] });
      const session = request(key);
      expect(await currentUser(session)).toBeNull();
      expect([session.sessionKey, await engine.exists(key), await session.toObject()]).toEqual([undefined, false, {}]);
    },
  );

  it('S-11: a changed password ends the login', async () => {
    const { request, loggedIn, users, engine } = fixture();
    const key = await loggedIn(ADA);
    users.set('7', { ...ADA, passwordHash: 'changed' });
    expect(await currentUser(request(key))).toBeNull();
    expect(await engine.exists(key)).toBe(false);
  });

  it('S-12: by a fallback key the hash is rewritten under a new session key, and everything else stays', async () => {
    const { request, loggedIn, engine, loads } = fixture(auth({ secretKeys: ['new', 'secret'] }));
    const key = await loggedIn(ADA, { cart: ['tea'] });
    const session = request(key);
    const seen = await Promise.all([currentUser(session), currentUser(session), currentUser(session)]);
    seen.push(await currentUser(session));
    expect(seen.every((user) => user === ADA)).toBe(true);
    expect(loads).toEqual(['7']);
    expect(session.sessionKey).not.toBe(key);
    expect(await engine.exists(key)).toBe(false);
    await session.state.save();
    const next = request(session.sessionKey);
    expect(await next.get('_auth_user_hash')).toBe(sessionAuthHash(ADA.passwordHash, 'new'));
    expect([await currentUser(next), await next.get('cart'), next.sessionKey]).toEqual([ADA, ['tea'], session.sessionKey]);
  });

  it('an outage of loadUser rejects with 503, logs nobody out, and the next call asks again', async () => {
    const failures: unknown[] = [];
    const { request, loggedIn, state, engine, loads } = fixture(auth(), {
      onLoadUserFailed: (error) => void failures.push(error),
    });
    const key = await loggedIn(ADA);
    const session = request(key);
    const down = new Error('ECONNREFUSED 10.0.0.1:5432');
    state.down = down;
    for (const call of await Promise.allSettled([currentUser(session), currentUser(session)])) {
      expect(call).toMatchObject({ reason: { code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE', statusCode: 503, cause: down } });
    }
    await expect(currentUser(request(key))).rejects.toMatchObject({ statusCode: 503 });
    expect([await engine.exists(key), session.sessionKey, await session.state.isModified()]).toEqual([true, key, false]);
    state.down = undefined;
    expect(await currentUser(session)).toBe(ADA);
    expect([loads.length, failures]).toEqual([3, [down]]);
  });

  it('an error of loadUser that names its HTTP status comes through', async () => {
    const { request, loggedIn, state } = fixture();
    state.down = Object.assign(new Error('slow down'), { statusCode: 429 });
    await expect(currentUser(request(await loggedIn(ADA)))).rejects.toBe(state.down);
  });

  it('a user without passwordHash is a mistake of the program, and logs nobody out', async () => {
    const { request, loggedIn, users, engine } = fixture();
    const key = await loggedIn(ADA);
    users.set('7', { id: 7 } as unknown as LoginUser);
    await expect(currentUser(request(key))).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
    expect(await engine.exists(key)).toBe(true);
  });

  it('an outage of the session rejects with 503; with SESSION_OUTAGE anonymous it is nobody, and says that it is an outage', async () => {
    const { request, loads } = fixture();
    await expect(currentUser(request('k'.repeat(32), brokenEngine(outage())))).rejects.toMatchObject({ statusCode: 503 });
    const session = request('k'.repeat(32), brokenEngine(outage()), 'anonymous');
    expect([await currentUser(session), session.state.isOutage, session.sessionKey, loads]).toEqual([
      null,
      true,
      'k'.repeat(32),
      [],
    ]);
  });

  it('after the response has left still knows who it is, and writes nothing', async () => {
    const { request, loggedIn, engine } = fixture(auth({ secretKeys: ['new', 'secret'] }));
    const key = await loggedIn(ADA);
    const session = request(key);
    session.state.close();
    expect(await currentUser(session)).toBe(ADA);
    const stale = request(await loggedIn(ADA, { _auth_user_hash: 'no' }));
    stale.state.close();
    expect(await currentUser(stale)).toBeNull();
    expect([await engine.exists(key), await engine.exists(stale.sessionKey!)]).toEqual([true, true]);
  });

  it('tells who asked to know about a login that holds, once a session object', async () => {
    const told: string[] = [];
    const { request, loggedIn } = fixture(auth(), { onCurrentUser: (id) => void told.push(id) });
    const session = request(await loggedIn(ADA));
    await currentUser(session);
    await currentUser(session);
    await currentUser(request(await loggedIn(GRACE, { _auth_user_hash: 'no' })));
    expect(told).toEqual(['7']);
  });
});

describe('the bond', () => {
  it('is with the session that the exchange made; anything else is refused and named', async () => {
    const { request, authentication, engine } = fixture();
    expect(authenticationOf(request())).toBe(authentication);
    const loose = new CacheSession(engine, sessionConfig(), SYSTEM_CLOCK, undefined);
    for (const session of [loose, undefined, null, {}, 'session']) {
      await expect(login(session as CacheSession, ADA)).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
      await expect(currentUser(session as CacheSession)).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
    }
    expect(Object.keys(request())).not.toContain('authentication');
  });
});
