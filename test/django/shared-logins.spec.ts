import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from './support/browser.js';
import { PLATFORMS, SERIALIZERS, TwoShops, type Person } from './support/two-shops.js';

const KEY = /^[a-z0-9]{32}$/;
const SHOPS = SERIALIZERS.flatMap((serializer) => PLATFORMS.map((platform) => [serializer, platform] as const));

let shops: TwoShops;
beforeAll(async () => {
  shops = await TwoShops.start();
}, 400_000);
afterAll(async () => {
  await shops?.stop();
});

describe.each(SHOPS)('%s, Nest on %s beside Django', (serializer, platform) => {
  const django = () => shops.django(serializer);
  const nest = () => shops.nest(serializer, platform);
  /** Both, in both roles. */
  const both = [
    ['Django', 'Nest', django, nest],
    ['Nest', 'Django', nest, django],
  ] as const;
  const signIn = (browser: Browser, url: string, { name, password }: Person) => browser.post(`${url}/login`, { name, password });
  const whoIs = async (browser: Browser, url: string): Promise<string | null> => (await browser.get(`${url}/whoami`)).body.user;

  it.each(both)('S-12: who logs in at %s is logged in at %s', async (_, __, here, there) => {
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    expect(await signIn(browser, here(), person)).toMatchObject({ status: 200, body: { user: person.name } });
    expect(browser.sessionId).toMatch(KEY);
    for (const url of [there(), here(), there()]) {
      expect(await whoIs(browser, url)).toBe(person.name);
      expect(await browser.get(`${url}/members`)).toMatchObject({ status: 200, body: { user: person.name } });
    }
  });

  it('S-10, S-11: both write the same three fields with the same values', async () => {
    const person = await shops.newPerson();
    const [one, other] = [shops.browser(), shops.browser()];
    await signIn(one, django(), person);
    await signIn(other, nest(), person);
    const stored = await Promise.all(
      [one, other].flatMap((browser) => [django(), nest()].map((url) => browser.get(`${url}/stored`))),
    );
    for (const { body } of stored) {
      expect(body).toEqual({
        fields: ['_auth_user_backend', '_auth_user_hash', '_auth_user_id'],
        hash: stored[0]!.body.hash,
      });
    }
    expect(stored[0]!.body.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(both)('a wrong password logs nobody in at %s, and so not at %s', async (_, __, here, there) => {
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    expect((await signIn(browser, here(), { ...person, password: 'wrong' })).status).toBe(401);
    for (const url of [here(), there()]) {
      expect(await whoIs(browser, url)).toBeNull();
      expect((await browser.get(`${url}/members`)).status).toBe(401);
    }
  });

  it.each(both)('S-13: a visitor of %s who logs in at %s gets a new key and keeps the cart', async (_, __, here, there) => {
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await browser.post(`${here()}/cart`, { cart: ['tea', { $int: '2' }] });
    const before = browser.sessionId;
    expect(before).toMatch(KEY);
    await signIn(browser, there(), person);
    expect(browser.sessionId).toMatch(KEY);
    expect(browser.sessionId).not.toBe(before);
    for (const url of [here(), there()]) {
      expect((await browser.get(`${url}/cart`)).body).toEqual({ cart: ['tea', { $int: '2' }] });
      expect(await whoIs(browser, url)).toBe(person.name);
    }
    browser.cookies.set('sessionid', before!);
    expect(await whoIs(browser, here())).toBeNull();
  });

  it.each(both)('S-13: another user than the one of %s who logs in at %s finds nothing of theirs', async (_, __, here, there) => {
    const [browser, one, other] = [shops.browser(), await shops.newPerson(), await shops.newPerson()];
    await signIn(browser, here(), one);
    await browser.post(`${here()}/cart`, { secret: 'theirs' });
    const before = browser.sessionId;
    await signIn(browser, there(), other);
    expect(browser.sessionId).not.toBe(before);
    for (const url of [here(), there()]) {
      expect(await whoIs(browser, url)).toBe(other.name);
      expect((await browser.get(`${url}/cart`)).body).toEqual({});
    }
  });

  it.each(both)('S-13: the same user of %s who logs in at %s again keeps the key and the cart', async (_, __, here, there) => {
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await signIn(browser, here(), person);
    await browser.post(`${here()}/cart`, { cart: 'tea' });
    const before = browser.sessionId;
    await signIn(browser, there(), person);
    expect(browser.sessionId).toBe(before);
    expect((await browser.get(`${here()}/cart`)).body).toEqual({ cart: 'tea' });
  });

  it.each(both)(
    'S-13: logging out at %s ends it at %s too, cart included, and the old key opens nothing',
    async (_, __, here, there) => {
      const [browser, person] = [shops.browser(), await shops.newPerson()];
      await signIn(browser, there(), person);
      await browser.post(`${there()}/cart`, { cart: 'tea' });
      const key = browser.sessionId!;
      expect((await browser.post(`${here()}/logout`)).status).toBe(200);
      expect(browser.sessionId).toBeUndefined();
      for (const url of [here(), there()]) {
        const thief = shops.browser();
        thief.cookies.set('sessionid', key);
        expect((await thief.get(`${url}/members`)).status).toBe(401);
        thief.cookies.set('sessionid', key);
        expect((await thief.get(`${url}/cart`)).body).toEqual({});
        expect(await whoIs(browser, url)).toBeNull();
      }
    },
  );

  it('S-11: a password changed at Django ends the sessions here and there', async () => {
    const person = await shops.newPerson();
    const [one, other] = [shops.browser(), shops.browser()];
    await signIn(one, django(), person);
    await signIn(other, nest(), person);
    await shops.browser().post(`${django()}/password`, { name: person.name, password: 'new' });
    const key = one.sessionId!;
    expect((await one.get(`${nest()}/members`)).status).toBe(401);
    expect(one.sessionId).toBeUndefined();
    expect(await whoIs(other, django())).toBeNull();
    one.cookies.set('sessionid', key);
    expect(await whoIs(one, django())).toBeNull();
    expect((await signIn(one, nest(), person)).status).toBe(401);
    expect((await signIn(one, nest(), { ...person, password: 'new' })).status).toBe(200);
    expect(await whoIs(one, django())).toBe(person.name);
  });

  it('S-11: the session that changes the password at Django (update_session_auth_hash) stays logged in here', async () => {
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await signIn(browser, nest(), person);
    await browser.post(`${django()}/password`, { name: person.name, password: 'new', keep: true });
    for (const url of [nest(), django()]) expect(await whoIs(browser, url)).toBe(person.name);
  });

  it.each(both)(
    'S-46: an id that %s does not know is not adopted: %s shows nobody, a write gets a key of its own',
    async (_, __, here, there) => {
      for (const id of [
        'z'.repeat(32),
        'Z'.repeat(32),
        '../../etc/passwd',
        'x'.repeat(4000),
        '%00%0a%0d12345678',
        '"quoted-quoted"',
      ]) {
        const browser = shops.browser();
        browser.cookies.set('sessionid', id);
        expect((await browser.get(`${here()}/members`)).status).toBe(401);
        browser.cookies.set('sessionid', id);
        expect((await browser.post(`${here()}/cart`, { cart: 'tea' })).status).toBe(200);
        expect(browser.sessionId).toMatch(KEY);
        expect(browser.sessionId).not.toBe(id);
        expect((await browser.get(`${there()}/cart`)).body).toEqual({ cart: 'tea' });
      }
    },
  );

  it.each(both)('S-46: one changed character of the key of %s opens nothing at %s', async (_, __, here, there) => {
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await signIn(browser, here(), person);
    const key = browser.sessionId!;
    for (const changed of [key.slice(1), `${key}0`, key.toUpperCase(), (key[0] === 'a' ? 'b' : 'a') + key.slice(1)]) {
      const thief = shops.browser();
      thief.cookies.set('sessionid', changed);
      expect((await thief.get(`${there()}/members`)).status).toBe(401);
    }
    expect(await whoIs(browser, there())).toBe(person.name);
  });

  it('S-12: a user who is no longer active at Django is nobody here', async () => {
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await signIn(browser, nest(), person);
    await shops.browser().post(`${django()}/deactivate`, { name: person.name });
    for (const url of [nest(), django()]) expect(await whoIs(browser, url)).toBeNull();
  });
});

describe.each(SHOPS)('%s, Nest on %s: outages log nobody out', (serializer, platform) => {
  it('a table of users that is away answers 503, and the login is there afterwards, at Django too', async () => {
    const state = { away: false };
    const byId = async (id: string) => {
      if (state.away) throw new Error('connect ECONNREFUSED 10.9.8.7:5432');
      return shops.users.byId(id);
    };
    const nest = await shops.startNest(serializer, platform, {}, { ...shops.users, byId });
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await browser.post(`${shops.django(serializer)}/login`, person);
    const key = browser.sessionId;
    state.away = true;
    for (const path of ['members', 'whoami']) {
      const { status, body, setCookies } = await browser.get(`${nest.url}/${path}`);
      expect([status, setCookies, JSON.stringify(body).includes('10.9.8.7')]).toEqual([503, [], false]);
    }
    state.away = false;
    for (const url of [nest.url, shops.django(serializer)]) {
      expect((await browser.get(`${url}/whoami`)).body.user).toBe(person.name);
    }
    expect(browser.sessionId).toBe(key);
  });
});

describe.each(SHOPS)('%s, Nest on %s: a new SECRET_KEY', (serializer, platform) => {
  const NEW = { SECRET_KEY: 'the-new-key', SECRET_KEY_FALLBACKS: ['contract-secret-key'] };

  it('S-12: with the old one in SECRET_KEY_FALLBACKS nobody is logged out; the hash is rewritten under a new session key', async () => {
    const nest = await shops.startNest(serializer, platform, NEW);
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await browser.post(`${shops.django(serializer)}/login`, person);
    await browser.post(`${shops.django(serializer)}/cart`, { cart: 'tea' });
    const before = { key: browser.sessionId!, hash: (await browser.get(`${nest.url}/stored`)).body.hash };
    expect((await browser.get(`${nest.url}/members`)).body).toEqual({ user: person.name });
    const after = { key: browser.sessionId!, hash: (await browser.get(`${nest.url}/stored`)).body.hash };
    expect(after.key).toMatch(KEY);
    expect(after.key).not.toBe(before.key);
    expect(after.hash).not.toBe(before.hash);
    expect((await browser.get(`${nest.url}/cart`)).body).toEqual({ cart: 'tea' });
    expect((await browser.get(`${nest.url}/members`)).body).toEqual({ user: person.name });
    expect(browser.sessionId).toBe(after.key);
    const thief = shops.browser();
    thief.cookies.set('sessionid', before.key);
    expect((await thief.get(`${nest.url}/members`)).status).toBe(401);
  });

  it('S-12: a Django that has the new key takes the login over; one that has only the old key ends it', async () => {
    const [nest, newDjango] = await Promise.all([
      shops.startNest(serializer, platform, NEW),
      shops.startDjango(serializer, { SECRET_KEY: NEW.SECRET_KEY }),
    ]);
    const person = await shops.newPerson();
    for (const [url, expected] of [
      [newDjango.url, person.name],
      [shops.django(serializer), null],
    ] as const) {
      const browser = shops.browser();
      await browser.post(`${shops.django(serializer)}/login`, person);
      expect((await browser.get(`${nest.url}/whoami`)).body.user).toBe(person.name);
      expect((await browser.get(`${url}/whoami`)).body.user).toBe(expected);
    }
  });

  it('S-12: without the old one in SECRET_KEY_FALLBACKS the login ends', async () => {
    const nest = await shops.startNest(serializer, platform, { SECRET_KEY: 'another-key' });
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await browser.post(`${shops.django(serializer)}/login`, person);
    expect((await browser.get(`${nest.url}/members`)).status).toBe(401);
    expect(browser.sessionId).toBeUndefined();
  });

  it('S-12: a backend that Nest does not list is nobody here, and stays logged in at Django', async () => {
    const nest = await shops.startNest(serializer, platform, { AUTHENTICATION_BACKENDS: ['company.LdapBackend'] });
    const [browser, person] = [shops.browser(), await shops.newPerson()];
    await browser.post(`${shops.django(serializer)}/login`, person);
    expect((await browser.get(`${nest.url}/members`)).status).toBe(401);
    expect((await browser.get(`${shops.django(serializer)}/whoami`)).body.user).toBe(person.name);
  });
});
