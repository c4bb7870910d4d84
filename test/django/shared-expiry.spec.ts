import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from './support/browser.js';
import { PLATFORMS, SERIALIZERS, TwoShops } from './support/two-shops.js';

const SHOPS = SERIALIZERS.flatMap((serializer) => PLATFORMS.map((platform) => [serializer, platform] as const));
const TWO_WEEKS = 1_209_600;

let shops: TwoShops;
beforeAll(async () => {
  shops = await TwoShops.start();
}, 400_000);
afterAll(async () => {
  await shops?.stop();
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
/** The cookie's age as the response sets it; undefined with the browser. */
const cookieAge = (setCookies: readonly string[]) => {
  const maxAge = /max-age=(-?\d+)/i.exec(setCookies.find((line) => /^\s*sessionid=/.test(line)) ?? 'max-age=-999');
  return maxAge ? Number(maxAge[1]) : undefined;
};

describe.each(SHOPS)('%s, Nest on %s beside Django', (serializer, platform) => {
  const django = () => shops.django(serializer);
  const nest = () => shops.nest(serializer, platform);
  const both = [
    ['Django', 'Nest', django, nest],
    ['Nest', 'Django', nest, django],
  ] as const;
  const ttl = async (browser: Browser) =>
    Number(await shops.command(serializer, 'TTL', `:1:django.contrib.sessions.cache${browser.sessionId}`));
  const near = (age: number, expected: number) => {
    expect(age).toBeLessThanOrEqual(expected);
    expect(age).toBeGreaterThan(expected - 20);
  };

  it.each(both)(
    'S-26: without an override a session of %s lives two weeks, in the store and at %s',
    async (_, __, here, there) => {
      const browser = shops.browser();
      const { setCookies } = await browser.post(`${here()}/cart`, { cart: 'tea' });
      expect(cookieAge(setCookies)).toBe(TWO_WEEKS);
      near(await ttl(browser), TWO_WEEKS);
      expect((await browser.get(`${there()}/expiry`)).body).toMatchObject({ age: TWO_WEEKS, browser: false });
    },
  );

  it.each(both)(
    'S-25: seconds set at %s hold at %s, and begin anew with each save on either side',
    async (_, __, here, there) => {
      const browser = shops.browser();
      const { setCookies } = await browser.post(`${here()}/expiry`, { choice: 300 });
      expect(cookieAge(setCookies)).toBe(300);
      near(await ttl(browser), 300);
      for (const url of [there(), here()])
        expect((await browser.get(`${url}/expiry`)).body).toMatchObject({ age: 300, browser: false });
      await shops.command(serializer, 'EXPIRE', `:1:django.contrib.sessions.cache${browser.sessionId}`, '100');
      expect(cookieAge((await browser.post(`${there()}/touch`)).setCookies)).toBe(300);
      near(await ttl(browser), 300);
    },
  );

  it.each(both)(
    'S-27: 0 set at %s ends with the browser at %s too, and keeps two weeks in the store',
    async (_, __, here, there) => {
      const browser = shops.browser();
      expect(cookieAge((await browser.post(`${here()}/expiry`, { choice: 0 })).setCookies)).toBeUndefined();
      near(await ttl(browser), TWO_WEEKS);
      expect((await browser.get(`${there()}/expiry`)).body).toMatchObject({ age: TWO_WEEKS, browser: true });
      expect(cookieAge((await browser.post(`${there()}/touch`)).setCookies)).toBeUndefined();
      near(await ttl(browser), TWO_WEEKS);
    },
  );

  it.each(both)('S-25: null set at %s after seconds set at %s brings back the settings', async (_, __, here, there) => {
    const browser = shops.browser();
    await browser.post(`${there()}/expiry`, { choice: 300 });
    await browser.post(`${there()}/cart`, { cart: 'tea' });
    expect(cookieAge((await browser.post(`${here()}/expiry`, { choice: null })).setCookies)).toBe(TWO_WEEKS);
    for (const url of [here(), there()]) expect((await browser.get(`${url}/expiry`)).body.age).toBe(TWO_WEEKS);
  });

  it('S-5: a moment set here is honoured by Django 3.2 where the serializer keeps datetimes; with JSON 3.2 gives the text back (S-6)', async () => {
    const browser = shops.browser();
    const moment = inSeconds(600);
    expect(cookieAge((await browser.post(`${nest()}/expiry`, { choice: moment })).setCookies)).toBeGreaterThan(590);
    near(await ttl(browser), 600);
    const { body } = await browser.get(`${django()}/expiry`);
    if (serializer === 'pickle') {
      expect(body).toMatchObject({ type: 'datetime', browser: false });
      near(body.age, 600);
      near(cookieAge((await browser.post(`${django()}/touch`)).setCookies)!, 600);
      near(await ttl(browser), 600);
    } else {
      expect(body).toEqual({ type: 'str', browser: false, age: moment.replace('Z', '000+00:00') });
    }
    near((await browser.get(`${nest()}/expiry`)).body.age, 600);
  });

  it('S-5: a moment set at Django is honoured here, and stays the same moment when we save', async () => {
    const browser = shops.browser();
    const { status } = await browser.post(`${django()}/expiry`, { choice: inSeconds(600) });
    expect(status).toBe(200);
    near((await browser.get(`${nest()}/expiry`)).body.age, 600);
    near(cookieAge((await browser.post(`${nest()}/touch`)).setCookies)!, 600);
    near(await ttl(browser), 600);
    const { status: again } = await browser.post(`${django()}/touch`);
    // Its own moment as its own JSON: text that Django 3.2 takes for no age, so that it can't save the session any more (S-6).
    expect(again).toBe(serializer === 'pickle' ? 200 : 500);
    if (serializer === 'pickle') near((await browser.get(`${django()}/expiry`)).body.age, 600);
  });

  it.each(both)('S-25: what is over when it is set at %s is gone at %s', async (_, __, here, there) => {
    const browser = shops.browser();
    await browser.post(`${here()}/cart`, { cart: 'tea' });
    const key = browser.sessionId!;
    await browser.post(`${here()}/expiry`, { choice: -10 });
    expect(browser.sessionId).toBeUndefined();
    browser.cookies.set('sessionid', key);
    expect((await browser.get(`${there()}/cart`)).body).toEqual({});
  });
});
