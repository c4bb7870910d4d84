import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import type request from 'supertest';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { startDemoOnSentinel } from './demo-on-sentinel.js';
import { until, type RunningDemo } from './running-demo.js';

interface Product {
  readonly id: number;
  readonly name: string;
  readonly price: number;
}

const priceOf = (response: request.Response, id: number): number | undefined =>
  (response.body as Product[]).find((product) => product.id === id)?.price;

const MISS = /; fwd=uri-miss/;
const HIT = /; hit/;

describe.each<Platform>(['express', 'fastify'])('the tour of the demo on %s', (platform) => {
  let topology: LocalSentinel;
  let demo: RunningDemo;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    ({ topology, demo, stop } = await startDemoOnSentinel(platform));
  });
  afterAll(() => stop());
  beforeEach(() => demo.healthy());

  it('serves a page that names what to try and runs no script but its own', async () => {
    const page = await demo
      .get('/')
      .expect(200)
      .expect('content-type', /^text\/html/);
    expect(page.text).toMatch(/^<!doctype html>/);
    for (const id of ['load', 'save', 'add', 'line', 'state', 'picture', 'figure']) expect(page.text).toContain(`id="${id}"`);
    expect(page.headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self'; .*require-trusted-types-for 'script'/,
    );
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('asks the slow database for the products once, and answers from the cache then', async () => {
    await demo.put('/products/1', { price: 10 }).expect(200);
    const before = await demo.slowReads();
    const first = await demo.get('/products').expect(200).expect('cache-status', MISS);
    const second = await demo.get('/products').expect(200).expect('cache-status', HIT);
    expect(second.body).toEqual(first.body);
    expect(await demo.slowReads()).toBe(before + 1);
  });

  it('gives the page to visitors with a session, too, and lets no browser keep it', async () => {
    await demo.get('/products').expect(200);
    const { headers } = await demo
      .get('/products')
      .set('cookie', 'sessionid=of-somebody')
      .expect(200)
      .expect('cache-status', HIT);
    expect(headers['cache-control']).toBe('max-age=0');
  });

  it('has the products three ways: each time from the database, as a page, and from the memory of its process', async () => {
    await demo.put('/products/4', { price: 3 }).expect(200);
    const before = await demo.slowReads();
    for (let i = 0; i < 2; i += 1)
      await demo
        .get('/products/uncached')
        .expect(200)
        .expect('cache-control', /no-store/);
    expect(await demo.slowReads()).toBe(before + 2);
    expect((await demo.get('/products/near').expect(200)).body).toMatchObject({ from: 'database', products: expect.any(Array) });
    let near: request.Response;
    await until('this process has them', async () => {
      near = await demo.get('/products/near').expect(200);
      return near.body.from === 'near';
    });
    expect(near!.body.cacheMs).toBeLessThan(400);
    expect(await demo.slowReads()).toBe(before + 3);
    expect((await demo.get('/operations/stats').expect(200)).body.near.hits).toBeGreaterThan(0);
    await demo.put('/products/4', { price: 4 }).expect(200);
    expect((await demo.get('/products/near').expect(200)).body.products[3]).toMatchObject({ price: 4 });
  });

  it('says in Server-Timing how long it took', async () => {
    const { headers } = await demo.get('/products/uncached').expect(200);
    expect(Number(/^total;dur=([\d.]+)$/.exec(headers['server-timing']!)?.[1])).toBeGreaterThanOrEqual(399);
  });

  it('serves the scripts and styles of its pages, and no other file', async () => {
    for (const [name, type] of [
      ['live.js', 'text/javascript'],
      ['demo.css', 'text/css'],
      ['uPlot.min.js', 'text/javascript'],
    ] as const)
      await demo
        .get(`/assets/${name}`)
        .expect(200)
        .expect('content-type', new RegExp(`^${type}`));
    for (const name of ['none.js', '..%2f..%2fpackage.json', '%2fetc%2fpasswd', 'constructor', '__proto__'])
      await demo.get(`/assets/${name}`).expect(404);
  });

  it('speaks the language that was chosen, else the one that the browser asks for', async () => {
    const chinese = await demo.get('/').set('accept-language', 'zh-CN,zh;q=0.9').expect(200);
    expect(chinese.text).toMatch(/<html lang="zh-CN">[^]*最近 60 秒/);
    const chosen = await demo.get('/?lang=en').set('accept-language', 'zh-CN').expect(200);
    expect(chosen.text).toContain('The last 60 seconds');
    expect(String(chosen.headers['set-cookie'])).toContain('django_language=en; ');
    expect((await demo.get('/account').set('cookie', 'django_language=zh')).text).toContain('您的账户');
    expect((await demo.get('/?lang=xx').set('accept-language', 'de')).text).toContain('<html lang="en">');
  });

  it('shows a changed price at once, in the list and alone', async () => {
    await demo.get('/products').expect(200);
    await demo.get('/products/2').expect(200);
    await demo.put('/products/2', { price: 47.25 }).expect(200, { id: 2, name: 'Teapot', price: 47.25 });
    expect(priceOf(await demo.get('/products').expect('cache-status', MISS), 2)).toBe(47.25);
    expect((await demo.get('/products/2').expect('cache-status', MISS)).body).toMatchObject({ price: 47.25 });
    expect(priceOf(await demo.get('/products').expect('cache-status', HIT), 2)).toBe(47.25);
  });

  it.each(['/products', '/products/3'])(
    'lets no slow read of %s that a write overtook bring the old price back',
    async (path) => {
      const price = path === '/products' ? 11.5 : 12.5;
      await demo.put('/products/3', { price: 1 }).expect(200);
      const before = await demo.slowReads();
      const overtaken = demo
        .get(path)
        .expect(200)
        .then((response) => response);
      await until('the slow read is under way', async () => (await demo.slowReads()) > before);
      await demo.put('/products/3', { price }).expect(200);
      await overtaken;
      const { body } = await demo.get(path).expect(200);
      expect([body].flat().find(({ id }: Product) => id === 3)).toMatchObject({ price });
    },
  );

  it('keeps the responses of two ids apart (pain 15)', async () => {
    for (const id of [1, 4, 1, 4]) expect((await demo.get(`/products/${id}`).expect(200)).body).toMatchObject({ id });
    await demo.get('/products/4').expect('cache-status', HIT);
  });

  it('adds a product and has it in the list at once', async () => {
    await demo.get('/products').expect(200);
    const { body } = await demo.post('/products', { name: 'Tray', price: 12 }).expect(201);
    expect((await demo.get('/products').expect(200)).body).toContainEqual(body);
  });

  it.each([
    ['an empty body', {}],
    ['a negative price', { price: -1 }],
    ['a price in text', { price: '9' }],
    ['a third decimal', { price: 1.234 }],
    ['an unknown field', { colour: 'red' }],
    ['a name of blanks', { name: '  ' }],
  ])('refuses %s with 400 and changes nothing', async (_what, body) => {
    const before = (await demo.get('/products/1').expect(200)).body;
    const refused = await demo.put('/products/1', body).expect(400);
    expect(refused.body.message).toEqual([expect.stringMatching(/expected|Give|no such field/)]);
    expect((await demo.get('/products/1').expect(200)).body).toEqual(before);
  });

  it('answers 404 for a product that there is not, 400 for what is no id, and caches neither', async () => {
    for (const id of ['999', '0', '-1']) await demo.get(`/products/${id}`).expect(404);
    for (const id of ['x', '1.5', '%20']) await demo.get(`/products/${id}`).expect(400);
    await demo.put('/products/999', { price: 1 }).expect(404);
    await demo.post('/products', { name: 'Half' }).expect(400);
    expect(await topology.primary.command('EXISTS', ':1:product:999', ':1:product:x')).toBe(0);
  });

  it('gives each of many concurrent calls to a new counter a number of its own', async () => {
    await demo.get('/counters/fresh').expect(200, { name: 'fresh', value: 0 });
    const responses = await Promise.all(Array.from({ length: 60 }, () => demo.count('fresh').expect(201)));
    const values = responses.map(({ body }) => Number(body.value)).toSorted((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    await demo.get('/counters/fresh').expect(200, { name: 'fresh', value: 60 });
  });

  it('refuses a counter name that could not stand in a key', async () => {
    for (const name of ['a%20b', 'a%3Ab', 'x'.repeat(65), '%0A']) await demo.count(name).expect(400);
  });

  it('tells the line that kills the primary by its process id', async () => {
    const { address, pid } = topology.primary;
    await demo.get('/operations/kill-line').expect(200, { primary: address, line: `kill -9 ${pid}` });
  });

  it('answers 404 for what is not there', async () => {
    await demo.get('/nothing').expect(404);
  });
});
