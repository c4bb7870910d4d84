import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { SentinelCaches } from 'nestjs-sentinel-cache';
import request from 'supertest';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { startDemoOnSentinel } from './demo-on-sentinel.js';
import type { RunningDemo } from './running-demo.js';
import { cookieLines, Visitor } from './visitor.js';

const PREFIX = 'django.contrib.sessions.cache';
const WRONG = 'There is no user with this name and this password.';

describe.each<Platform>(['express', 'fastify'])('accounts of the demo on %s', (platform) => {
  let topology: LocalSentinel;
  let demo: RunningDemo;
  let stop: () => Promise<void>;
  let visitor: Visitor;
  const stored = (key: string | undefined): Promise<Record<string, unknown> | null | undefined> =>
    demo.app.get(SentinelCaches).strict().get(`${PREFIX}${key}`);
  const seenWith = (key: string): Promise<unknown> => Object.assign(new Visitor(demo), { key }).whoAmI();

  beforeAll(async () => {
    ({ topology, demo, stop } = await startDemoOnSentinel(platform, { replicas: 1, sentinels: 1 }));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    // The product list stays: its query is slow on purpose.
    const keys = (await topology.primary.command('KEYS', '*')) as string[];
    await topology.primary.command('DEL', 'nothing', ...keys.filter((key) => !key.includes(':1:products:')));
    visitor = new Visitor(demo);
  });

  it('shows a stranger a form with labels, which Redis answered, and nothing from elsewhere', async () => {
    const page = await visitor.open();
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toMatch(/<label>Name <input name="name"/);
    expect(page.text).toMatch(/<label>Password <input name="password" type="password"/);
    expect(page.text).toContain(`<strong id="answeredBy">the primary ${topology.primary.address}</strong>`);
    expect(page.text).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
    const policy = page.headers['content-security-policy']!;
    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(policy).toMatch(/form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'$/);
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it('logs in with the right password, keeps what the stranger had in the cart, and says who it is', async () => {
    await visitor.open();
    await visitor.add(2);
    const response = await visitor.logIn();
    expect([response.status, response.headers.location]).toEqual([303, '/account']);
    expect(await visitor.whoAmI()).toEqual({
      user: { id: 1, name: 'ada', fullName: 'Ada Lovelace' },
      cart: [{ product: 2, quantity: 1 }],
    });
    expect((await visitor.open()).text).toContain('You are <strong id="me">Ada Lovelace</strong> (ada), logged in here.');
  });

  it('stores a login as Django does, for Django to read', async () => {
    await visitor.logIn('grace', 'compiler-1952');
    expect(await stored(visitor.key)).toMatchObject({
      _auth_user_id: '2',
      _auth_user_backend: 'django.contrib.auth.backends.ModelBackend',
      _auth_user_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      _csrftoken: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
    });
  });

  it('gives a login a new session key and a new token: one that was planted before is worth nothing', async () => {
    await visitor.open();
    const [planted, token] = [visitor.key!, visitor.token];
    await visitor.logIn();
    expect(visitor.key).toMatch(/^[a-z0-9]{32}$/);
    expect(visitor.key).not.toBe(planted);
    expect(await stored(planted)).toBeUndefined();
    expect(await seenWith(planted)).toEqual({ user: null, cart: [] });
    expect((await visitor.submit('cart/add', { product: 1, csrfmiddlewaretoken: token })).status).toBe(403);
  });

  it.each([
    ['a wrong password', { name: 'ada', password: 'engine-1844' }],
    ['an unknown name', { name: 'charles', password: 'engine-1843' }],
    ['empty fields', { name: '', password: '' }],
    ['an endless password', { name: 'ada', password: 'x'.repeat(5000) }],
    ['fields that are no text', { 'name[a]': 'ada', 'password[]': 'engine-1843' }],
  ])('refuses %s with 401 and the same words, and logs nobody in', async (_what, fields) => {
    await visitor.open();
    const { key } = visitor;
    const response = await visitor.submit('login', fields);
    expect(response.status).toBe(401);
    expect(response.text).toContain(`role="alert">${WRONG}`);
    expect(visitor.key).toBe(key);
    expect((await visitor.whoAmI()).user).toBeNull();
  });

  it('takes no endless text: neither hashes nor repeats it', async () => {
    await visitor.open();
    const response = await visitor.submit('login', { name: 'a'.repeat(5000), password: 'x'.repeat(5000) });
    expect([response.status, response.text.includes('aaaa')]).toEqual([401, false]);
  });

  it('shows names as text, whatever they hold', async () => {
    const evil = `"><script>alert('1')</script>&`;
    await visitor.open();
    const response = await visitor.submit('login', { name: evil, password: 'x' });
    expect(response.text).toContain('value="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;"');
    const { body } = await demo.post('/products', { name: evil, price: 1 }).expect(201);
    await visitor.add((body as { id: number }).id);
    const page = await visitor.open();
    expect(page.text).toContain('<th scope="row">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</th>');
    expect(page.text).not.toContain('<script>alert');
  });

  it('answers 429 after ten attempts in a minute, to this name alone, with the right password too', async () => {
    await visitor.open();
    for (let i = 0; i < 10; i += 1) expect((await visitor.submit('login', { name: 'ada', password: 'x' })).status).toBe(401);
    const refused = await visitor.logIn();
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('Too many attempts.');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    const keys = (await topology.primary.command('KEYS', '*login-attempts*')) as string[];
    expect(keys).toHaveLength(1);
    const lifetimeMs = Number(await topology.primary.command('PTTL', keys[0]!));
    expect([lifetimeMs > 0, lifetimeMs <= 60_000]).toEqual([true, true]);
    expect((await new Visitor(demo).logIn('grace', 'compiler-1952')).status).toBe(303);
    await topology.primary.command('DEL', keys[0]!);
    expect((await visitor.logIn()).status).toBe(303);
    expect(await topology.primary.command('EXISTS', keys[0]!)).toBe(0);
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['without a token', { csrfmiddlewaretoken: '' }, {}],
    ['with a wrong token', { csrfmiddlewaretoken: 'A'.repeat(32) }, {}],
    ['with two tokens', { 'csrfmiddlewaretoken[]': 'A'.repeat(32) }, {}],
    ['that another site sent', {}, { 'sec-fetch-site': 'cross-site' }],
    ['that a neighbour of this site sent', {}, { 'sec-fetch-site': 'same-site' }],
    ['from a foreign origin', {}, { origin: 'http://evil.example' }],
    ['from no origin', {}, { origin: 'null' }],
  ])('refuses every form %s with 403 and a page, and does nothing', async (_what, fields, headers) => {
    await visitor.logIn();
    await visitor.open();
    const own = Object.keys(fields).some((name) => name.endsWith('[]')) ? { ...fields, csrfmiddlewaretoken: '' } : fields;
    for (const path of ['login', 'logout', 'cart/add', 'cart/remove', 'sessions/end-others']) {
      const response = await visitor.submit(path, { name: 'ada', password: 'engine-1843', product: 1, ...own }, headers);
      expect([path, response.status]).toEqual([path, 403]);
      expect(response.text).toContain('<h1>That was not accepted</h1>');
      expect(response.text).toContain('<a href="/account">');
    }
    expect(await visitor.whoAmI()).toMatchObject({ user: { name: 'ada' }, cart: [] });
  });

  it("refuses another visitor's token, and any token without a session", async () => {
    const other = new Visitor(demo);
    await other.open();
    await visitor.open();
    expect((await visitor.submit('cart/add', { product: 1, csrfmiddlewaretoken: other.token })).status).toBe(403);
    visitor.key = undefined;
    expect((await visitor.submit('cart/add', { product: 1 })).status).toBe(403);
  });

  it('takes the token of a program from X-CSRFToken, and tells it in JSON what is wrong', async () => {
    await visitor.open();
    const post = (headers: Record<string, string>): request.Test =>
      request(demo.app.getHttpServer() as never)
        .post('/account/cart/add')
        .set({ cookie: `sessionid=${visitor.key}`, accept: 'application/json', ...headers })
        .send({ product: 1 });
    expect((await post({}).expect(403)).body).toMatchObject({ statusCode: 403, message: expect.any(String) });
    await post({ 'x-csrftoken': visitor.token }).expect(303);
  });

  it('answers 401 to programs, and sends people to the login, where somebody has to be logged in', async () => {
    const asProgram = await demo.get('/account/sessions').set('accept', 'application/json');
    expect([asProgram.status, asProgram.body]).toEqual([401, { statusCode: 401, message: 'Unauthorized' }]);
    const asPerson = await visitor.open('/account/sessions?next=//evil.example');
    expect([asPerson.status, asPerson.headers.location]).toEqual([303, '/account']);
    await visitor.logIn();
    expect((await visitor.open('/account/sessions')).body).toEqual([{ current: true }]);
  });

  it('redirects to its own page alone, whatever the request names', async () => {
    await visitor.open();
    const fields = { name: 'ada', password: 'engine-1843', next: 'https://evil.example/' };
    const response = await visitor.submit('login?next=https://evil.example/', fields, { 'x-forwarded-host': 'evil.example' });
    expect([response.status, response.headers.location]).toEqual([303, '/account']);
  });

  it('adds to the cart, sums up, and removes', async () => {
    await visitor.open();
    for (const product of [1, 3, 1]) expect((await visitor.add(product)).status).toBe(303);
    const { text } = await visitor.open();
    expect(text).toMatch(/<th scope="row">Kettle<\/th><td class="number">2<\/td><td class="number">49.00<\/td>/);
    expect(text).toContain('<td id="total" class="number">55.75</td>');
    await visitor.submit('cart/remove', { product: 1 });
    expect((await visitor.whoAmI()).cart).toEqual([{ product: 3, quantity: 1 }]);
  });

  it('loses none of many clicks at once', async () => {
    await visitor.open();
    await visitor.add(4);
    const statuses = (await Promise.all(Array.from({ length: 12 }, () => visitor.add(4)))).map(({ status }) => status);
    expect(statuses).toEqual(Array(12).fill(303));
    expect((await visitor.whoAmI()).cart).toEqual([{ product: 4, quantity: 13 }]);
  });

  it.each([
    ['999', 404],
    ['x', 400],
    ['1.5', 400],
    ['', 400],
  ])('refuses product %j with %i and a page', async (product, status) => {
    await visitor.open();
    const response = await visitor.submit('cart/add', { product });
    expect(response.status).toBe(status);
    expect(response.text).toContain('<h1>That can’t be done</h1>');
    expect((await visitor.whoAmI()).cart).toEqual([]);
  });

  it('logs out: the session is gone, and a copy of the cookie is worth nothing', async () => {
    await visitor.logIn();
    await visitor.open();
    await visitor.add(1);
    const old = visitor.key!;
    const response = await visitor.submit('logout');
    expect([response.status, response.headers.location]).toEqual([303, '/account']);
    expect(cookieLines(response).join()).toMatch(/^sessionid="";.*Max-Age=0/);
    expect(await stored(old)).toBeUndefined();
    expect(await seenWith(old)).toEqual({ user: null, cart: [] });
    expect((await visitor.whoAmI()).user).toBeNull();
  });

  it('counts the browsers of a user, and logs out all but this one', async () => {
    const phone = new Visitor(demo);
    await phone.logIn();
    await visitor.logIn();
    expect((await visitor.open()).text).toContain('logged in here and in 1 other browser.');
    expect((await visitor.submit('sessions/end-others')).status).toBe(303);
    expect((await phone.whoAmI()).user).toBeNull();
    expect((await visitor.whoAmI()).user).toMatchObject({ name: 'ada' });
    expect((await visitor.open()).text).toContain('logged in here.');
  });
});
