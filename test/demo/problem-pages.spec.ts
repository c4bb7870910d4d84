import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type request from 'supertest';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { ProductDatabase } from '../../apps/demo/src/catalogue/product-database.service.js';
import type { Problem } from '../../apps/demo/src/pages/plain-page.js';
import { en } from '../../apps/demo/src/pages/texts.en.js';
import { zh } from '../../apps/demo/src/pages/texts.zh.js';
import { locmemSettings, settingsOn } from '../../apps/demo/src/settings.js';
import { englishWords } from './english-words.js';
import { RunningDemo } from './running-demo.js';
import { Visitor } from './visitor.js';

const SECRET_KEY = 'of these tests alone';
const BROWSER = 'text/html,application/xhtml+xml,*/*;q=0.8';
const ENGLISH = 'en-GB,en;q=0.9';
const CHINESE = 'zh-CN,zh;q=0.9,en;q=0.8';
type Ask = (demo: RunningDemo) => request.Test;

const PROBLEMS: readonly (readonly [what: string, status: number | RegExp, problem: Problem, ask: Ask])[] = [
  ['an address that leads nowhere', 404, 'missing', (demo) => demo.get('/nothing')],
  ['an address below the account that leads nowhere', 404, 'missing', (demo) => demo.get('/account/nothing?a=1')],
  ['a file that there is not', 404, 'missing', (demo) => demo.get('/assets/none.js')],
  ['a product that there is not', 404, 'missing', (demo) => demo.get('/products/999')],
  ['a button that is opened as a page', 404, 'missing', (demo) => demo.get('/operations/drill/kill')],
  ['an address that is no text', 400, 'refused', (demo) => demo.get('/products/%E0%A4%A')],
  ['a product by what is no number', 400, 'refused', (demo) => demo.get('/products/x')],
  ['a counter by what is no name', 400, 'refused', (demo) => demo.get('/counters/a%20b')],
  ['a name without end', /^4(?:00|14)$/, 'refused', (demo) => demo.get(`/counters/${'x'.repeat(2000)}`)],
  ['a body that is not JSON', 400, 'refused', (demo) => demo.post('/products').type('json').send('{"name":')],
  ['a body of another kind', /^4(?:00|15)$/, 'refused', (demo) => demo.post('/products').type('text/csv').send('a,b')],
  ['a body without end', 413, 'refused', (demo) => demo.post('/products', { name: 'x'.repeat(2 ** 21) })],
  ['a price that is none', 400, 'refused', (demo) => demo.put('/products/1', { price: -1 })],
  ['a click without a token', 403, 'forbidden', (demo) => demo.post('/counters/n')],
  ['a form without a token', 403, 'forbidden', (demo) => demo.post('/account/login', {})],
  ['a form that another site sent', 403, 'forbidden', (demo) => demo.count('n').set('sec-fetch-site', 'cross-site')],
];

/** What a person reads of it. */
function words(page: string): string {
  return page
    .replace(/<script[^]*?<\/script>|<style[^]*?<\/style>/g, ' ')
    .replace(/<(\w+)[^>]*? lang="en"[^>]*>[^<]*<\/\1>/g, ' ')
    .replace(/<[^>]*? (?:aria-label|title|alt|placeholder)="([^"]*)"[^>]*>/g, ' $1 ')
    .replace(/<[^>]*>/g, ' ');
}

const englishIn = (page: string): string[] => englishWords(words(page));

describe.each<Platform>(['express', 'fastify'])('what goes wrong on %s', (platform) => {
  let demo: RunningDemo;
  const inBrowser = (test: request.Test, language: string): request.Test =>
    test.set({ accept: BROWSER, 'accept-language': language });

  beforeAll(async () => {
    demo = await RunningDemo.start(platform, { ...locmemSettings, SECRET_KEY });
  });
  afterAll(() => demo.close());

  describe.each([
    ['English', ENGLISH, en],
    ['Chinese', CHINESE, zh],
  ])('is a page in %s', (_name, language, texts) => {
    const expectPage = (response: request.Response, problem: Problem): void => {
      const { title, text } = texts.problems[problem];
      expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(response.text).toContain(`<html lang="${texts.lang}">`);
      expect(response.text).toContain(`<h1>${title}</h1>`);
      expect(response.text).toContain(`<p id="problem">${text}</p>`);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(response.headers['content-security-policy']).toContain(`default-src 'none'`);
      if (texts === zh) expect(englishIn(response.text)).toEqual([]);
    };

    it.each(PROBLEMS)('for %s', async (_what, status, problem, ask) => {
      const response = await inBrowser(ask(demo), language);
      expect(String(response.status)).toMatch(typeof status === 'number' ? String(status) : status);
      expectPage(response, problem);
    });

    it('for a mistake of the demo, and tells nobody which one', async () => {
      const find = jest.spyOn(demo.app.get(ProductDatabase), 'find').mockRejectedValue(new Error('at /home/of-somebody'));
      try {
        const response = await inBrowser(demo.get('/products/1'), language).expect(500);
        expectPage(response, 'failed');
        expect(response.text).not.toContain('of-somebody');
      } finally {
        find.mockRestore();
      }
    });

    it('for what a cart can not take, with the way back', async () => {
      const visitor = new Visitor(demo);
      await visitor.open();
      const response = await visitor.submit('cart/add', { product: 999 }, { 'accept-language': language });
      expect(response.status).toBe(404);
      expectPage(response, 'refused');
      expect(response.text).toContain(`<a href="/account">${texts.problems.refused.link}</a>`);
    });

    it('for a password that is wrong, with the form', async () => {
      const visitor = new Visitor(demo);
      await visitor.open();
      const response = await visitor.submit('login', { name: 'ada', password: 'x' }, { 'accept-language': language });
      expect([response.status, response.text]).toEqual([401, expect.stringContaining(`role="alert">${texts.account.wrong}<`)]);
    });

    it('for a request to another host, as a line of text', async () => {
      const response = await inBrowser(demo.get('/'), language).set('host', 'evil.example').expect(421);
      expect(response.text).toBe(`${texts.otherHost}\n`);
    });

    it('in the language that was chosen, whatever the browser asks for', async () => {
      const [chosen, asked] = texts === zh ? ['zh', ENGLISH] : ['en', CHINESE];
      expectPage(await inBrowser(demo.get('/nothing'), asked).set('cookie', `django_language=${chosen}`).expect(404), 'missing');
    });
  });

  it('is JSON for a program, in English whatever it asks for', async () => {
    const asked = await demo.get('/products/999').set({ accept: 'application/json', 'accept-language': CHINESE }).expect(404);
    expect(asked.body).toMatchObject({ statusCode: 404, message: 'There is no product 999.' });
    for (const [, , , ask] of PROBLEMS) {
      const { headers, body } = await ask(demo);
      expect([headers['content-type'], body]).toEqual([
        expect.stringMatching(/^application\/json/),
        expect.objectContaining({ statusCode: expect.any(Number), message: expect.anything() }),
      ]);
    }
  });

  it('tells a program, too, when to come again', async () => {
    const visitor = new Visitor(demo);
    await visitor.open();
    const attempt = (): Promise<request.Response> =>
      visitor.submit('login', { name: 'nobody', password: 'x' }, { accept: 'application/json' });
    for (let i = 0; i < 10; i += 1) expect((await attempt()).body).toMatchObject({ statusCode: 401 });
    const { body, headers } = await attempt();
    expect([body, Number(headers['retry-after']) > 0]).toEqual([expect.objectContaining({ statusCode: 429 }), true]);
  });

  it('leads back to the page that it belongs to', async () => {
    expect((await inBrowser(demo.get('/account/nothing'), ENGLISH)).text).toContain(
      '<p><a href="/account">Back to your account</a></p>',
    );
    for (const path of ['/nothing', '//evil.example/account', '/accounts'])
      expect((await inBrowser(demo.get(path), ENGLISH)).text).toContain('<p><a href="/">Back to the demo</a></p>');
  });

  it('leaves no English word on a page for a Chinese visitor', async () => {
    const visitor = new Visitor(demo);
    const chinese = (path: string): Promise<string> => visitor.openIn(CHINESE, path);
    await visitor.open();
    for (const page of [await chinese('/'), await chinese('/account')]) expect(englishIn(page)).toEqual([]);
    await visitor.logIn();
    await visitor.open();
    for (const product of [1, 2, 3, 4]) await visitor.add(product);
    const account = await chinese('/account');
    expect(account).toContain('<th scope="row">茶壶</th>');
    expect(englishIn(account)).toEqual([]);
  });
});

describe.each<Platform>(['express', 'fastify'])('an outage on %s', (platform) => {
  let demo: RunningDemo;
  beforeAll(async () => {
    // Nobody listens there.
    demo = await RunningDemo.start(platform, { ...settingsOn('127.0.0.1:1'), SECRET_KEY });
  });
  afterAll(() => demo.close());

  it.each([
    ['English', ENGLISH, en],
    ['Chinese', CHINESE, zh],
  ])('is a page in %s, of the account and of the rest', async (_name, language, texts) => {
    for (const [path, problem] of [
      ['/account', 'outage'],
      ['/counters/n', 'busy'],
      ['/operations/kill-line', 'busy'],
    ] as const) {
      const response = await demo.get(path).set({ accept: BROWSER, 'accept-language': language }).expect(503);
      expect([path, response.headers['retry-after'], response.headers['content-type']]).toEqual([
        path,
        '1',
        'text/html; charset=utf-8',
      ]);
      expect(response.text).toContain(`<p id="problem">${texts.problems[problem].text}</p>`);
      if (texts === zh) expect(englishIn(response.text)).toEqual([]);
    }
  });

  it('is JSON for a program, of a page too', async () => {
    for (const path of ['/account', '/counters/n']) {
      const { headers, body } = await demo.get(path).expect(503);
      expect([path, headers['content-type'], headers['retry-after'], body]).toEqual([
        path,
        expect.stringMatching(/^application\/json/),
        '1',
        expect.objectContaining({ statusCode: 503 }),
      ]);
    }
  });

  it('leaves a health check the fields that it has, in a browser too', async () => {
    for (const [path, field] of [
      ['/health', 'details'],
      ['/operations/health', 'reason'],
    ] as const) {
      const { body } = await demo.get(path).set({ accept: BROWSER, 'accept-language': CHINESE }).expect(503);
      expect(body).toHaveProperty(field);
    }
  });
});
