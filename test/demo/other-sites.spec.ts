import { connect } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { setImmediate as aTurn } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SentinelCaches } from 'nestjs-sentinel-cache';
import request from 'supertest';

import { PasswordChecks } from '../../apps/demo/src/account/password-checks.service.js';
import { DEMO_USERS } from '../../apps/demo/src/account/users.js';
import type { Platform } from '../../apps/demo/src/command-line.js';
import { createDemo } from '../../apps/demo/src/create-demo.js';
import { locmemSettings } from '../../apps/demo/src/settings.js';
import { RunningDemo } from './running-demo.js';
import { cookieLines, Visitor } from './visitor.js';

const MOST_COUNTERS = 48;
const ROUTES = [
  ['GET', '/'],
  ['GET', '/account'],
  ['POST', '/account/login'],
  ['GET', '/products'],
  ['PUT', '/products/1'],
  ['GET', '/counters/n'],
  ['POST', '/counters/n'],
  ['GET', '/operations/topology'],
  ['GET', '/operations/events'],
  ['POST', '/operations/drill/kill'],
  ['GET', '/assets/live.js'],
  ['GET', '/health'],
  ['GET', '/metrics'],
  ['GET', '/nothing'],
  ['OPTIONS', '/account'],
  ['HEAD', '/'],
] as const;

describe.each<Platform>(['express', 'fastify'])('what other sites and strangers can do to the demo on %s', (platform) => {
  let demo: RunningDemo;
  let port: number;
  beforeAll(async () => {
    demo = await RunningDemo.start(platform, { ...locmemSettings, SECRET_KEY: 'of these tests alone' });
    ({ port } = (demo.app.getHttpServer() as Server).address() as AddressInfo);
  });
  afterAll(async () => {
    await demo?.close();
  });
  const forget = (): Promise<void> => demo.app.get(SentinelCaches).get().clear();

  /** The status of one request that is written by hand. */
  const asked = (method: string, path: string, ...headers: string[]): Promise<string> =>
    new Promise((done, fail) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write([`${method} ${path} HTTP/1.1`, 'Connection: close', 'Content-Length: 0', ...headers, '', ''].join('\r\n'));
      });
      socket.once('data', (bytes) => {
        done(/^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1'))?.[1] ?? '');
        socket.destroy();
      });
      socket.once('error', fail);
    });

  it.each(ROUTES)('%s %s answers 421 to another host than its own', async (method, path) => {
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'])
      expect([host, await asked(method, path, `Host: ${host}`)]).toEqual([host, '421']);
  });

  it.each([
    '',
    ' ',
    'evil.example@localhost',
    'localhost/',
    'localhost:',
    'localhost:x',
    '[::1',
    'localhost,evil.example',
    '::1',
  ])('takes %j for no host of its own', async (host) => {
    expect(await asked('GET', '/', `Host: ${host}`)).toMatch(/^4(?:00|21)$/);
  });

  it('answers to loopback by every name and port, and says in a sentence what it does not answer to', async () => {
    for (const host of ['localhost', 'LocalHost:1', '127.0.0.1', `127.0.0.1:${port}`, '[::1]:80', '[::1]'])
      expect([host, await asked('GET', '/', `Host: ${host}`)]).toEqual([host, '200']);
    const refused = await demo.get('/').set('host', 'evil.example').expect(421);
    expect(refused.text).toMatch(/^This demo answers to localhost .*\.\n$/);
    expect(refused.text).not.toContain('evil');
    expect(cookieLines(refused)).toEqual([]);
  });

  it('answers to the name that it was given, too', async () => {
    const app = await createDemo({ platform, settings: locmemSettings, hostName: 'Build-Box.lan', logger: false });
    await app.listen(0, '127.0.0.1');
    try {
      const ask = (host: string): request.Test => request(app.getHttpServer()).get('/').set('host', host);
      await ask('build-box.lan:3000').expect(200);
      await ask('evil.example').expect(421);
    } finally {
      await app.close();
    }
  });

  it('a login under another host is refused and counts nowhere', async () => {
    const visitor = new Visitor(demo);
    await visitor.open();
    const response = await visitor.submit('login', { name: 'ada', password: 'engine-1843' }, { host: 'evil.example' });
    expect([response.status, cookieLines(response)]).toEqual([421, []]);
    expect((await visitor.whoAmI()).user).toBeNull();
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['a token without the cookie', { 'x-csrftoken': 'a' }],
    ['a cookie without the token', { cookie: 'csrftoken=a' }],
    ['another token', { cookie: 'csrftoken=a', 'x-csrftoken': 'b' }],
    ['empty tokens', { cookie: 'csrftoken=', 'x-csrftoken': '' }],
    ['a cookie of another name', { cookie: 'xcsrftoken=a', 'x-csrftoken': 'a' }],
    ['the word of another site', { cookie: 'csrftoken=a', 'x-csrftoken': 'a', 'sec-fetch-site': 'cross-site' }],
    ['the word of a neighbour', { cookie: 'csrftoken=a', 'x-csrftoken': 'a', 'sec-fetch-site': 'same-site' }],
    ['a foreign origin', { cookie: 'csrftoken=a', 'x-csrftoken': 'a', origin: 'http://evil.example' }],
  ])('counts nothing for %s', async (_what, headers) => {
    const { body } = await demo.post('/counters/guarded').set(headers).expect(403);
    expect(body).toMatchObject({ statusCode: 403, message: expect.stringContaining('Nothing was done') });
    await demo.get('/counters/guarded').expect(200, { name: 'guarded', value: 0 });
  });

  it('gives who opens the page a token, once, which counts', async () => {
    const page = await demo.get('/').expect(200);
    const [cookie] = cookieLines(page);
    expect(cookie).toMatch(/^csrftoken=[\w-]{32}; Path=\/; SameSite=Strict$/);
    const sent = cookie!.split(';')[0]!;
    await demo
      .post('/counters/opened')
      .set({ cookie: sent, 'x-csrftoken': sent.slice('csrftoken='.length) })
      .expect(201);
    expect(cookieLines(await demo.get('/').set('cookie', `a=1; ${sent}`).expect(200))).toEqual([]);
  });

  it('makes so many counters and no more, however many ask at once, and goes on counting on those', async () => {
    await forget();
    const responses = await Promise.all(
      Array.from({ length: 3 * MOST_COUNTERS }, async (_, i) => {
        const { status, body } = await demo.count(`c${i}`);
        return { name: `c${i}`, status, body: body as object };
      }),
    );
    const made = responses.filter(({ status }) => status === 201);
    expect(made).toHaveLength(MOST_COUNTERS);
    for (const { status, body } of responses.filter((response) => !made.includes(response)))
      expect([status, body]).toEqual([409, expect.objectContaining({ message: expect.stringContaining('no more are made') })]);
    expect((await demo.app.get(SentinelCaches).get().keys('counter:*')).length).toBe(MOST_COUNTERS);
    await demo.count(made[0]!.name).expect(201, { name: made[0]!.name, value: 2 });
    await demo.get('/counters/of-nobody').expect(200, { name: 'of-nobody', value: 0 });
  });

  it('many logins at once are refused beyond a few, and nobody else waits for them', async () => {
    await forget();
    const visitor = new Visitor(demo);
    await visitor.open();
    // However slow requests come in on a busy machine: as many passwords are checked as may be, all the time.
    const checks = demo.app.get(PasswordChecks);
    let isBusy = true;
    const keepChecking = async (): Promise<void> => {
      while (isBusy) if ((await checks.check(DEMO_USERS[0]!.passwordHash, 'x')) === undefined) await aTurn();
    };
    const checking = Array.from({ length: 10 }, keepChecking);
    const logins = Promise.all(
      Array.from({ length: 20 }, (_, i) => visitor.submit('login', { name: `nobody ${i}`, password: 'x' })),
    );
    const began = performance.now();
    await demo.get('/products').expect(200);
    expect(performance.now() - began).toBeLessThan(30_000);
    const responses = await logins;
    isBusy = false;
    await Promise.all(checking);
    const refused = responses.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(10);
    for (const { headers } of refused) expect(headers['retry-after']).toBe('1');
    expect(responses.every(({ status }) => status === 401 || status === 503)).toBe(true);
  });

  it('an address has sixty attempts a minute, whatever the names', async () => {
    await forget();
    const visitor = new Visitor(demo);
    await visitor.open();
    for (let i = 0; i < 60; i += 1) {
      // One that was not hashed for want of room counts as well.
      const { status } = await visitor.submit('login', { name: `nobody ${i}`, password: 'x' });
      expect([i, status]).toEqual([i, 401]);
    }
    const refused = await visitor.submit('login', { name: 'ada', password: 'engine-1843' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await forget();
    await visitor.open();
    expect((await visitor.logIn()).status).toBe(303);
  });
});
