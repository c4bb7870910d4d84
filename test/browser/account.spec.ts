import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import type { AddressInfo, Server } from 'node:net';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { startDemoOnSentinel } from '../demo/demo-on-sentinel.js';
import { until, type RunningDemo } from '../demo/running-demo.js';
import { Person, type PersonOptions } from './person.js';

const REPLICATION_LIMIT_MS = 5000;

describe.each<Platform>(['express', 'fastify'])('a person at the demo on %s', (platform) => {
  let topology: LocalSentinel;
  let demo: RunningDemo;
  let stop: () => Promise<void>;
  let url: string;
  const present: Person[] = [];
  const arrive = async (options?: PersonOptions): Promise<Person> => {
    const person = await Person.arrive(url, options);
    present.push(person);
    return person;
  };

  beforeAll(async () => {
    ({ topology, demo, stop } = await startDemoOnSentinel(platform));
    url = `http://127.0.0.1:${((demo.app.getHttpServer() as Server).address() as AddressInfo).port}`;
  }, 400_000);
  afterEach(async () => {
    const complaints = present.flatMap((person) => [...person.complaints, ...person.strayRequests]);
    await Promise.all(present.splice(0).map((person) => person.leave()));
    expect(complaints).toEqual([]);
  });
  afterAll(() => stop());

  it('logs in, fills the cart, and keeps both when the primary is killed in the middle; then logs out', async () => {
    const person = await arrive();
    expect(await person.open()).toBe(200);
    await person.picture(`${platform}-1-logged-out`);
    await person.add('Teapot');
    await person.logIn('ada', 'engine-1843');
    await person.add('Kettle');
    await person.add('Teapot');
    expect([await person.textOf('#me'), await person.cart()]).toEqual(['Ada Lovelace', ['2 Teapot', '1 Kettle']]);
    expect(await person.textOf('#answeredBy')).toBe(`the primary ${topology.primary.address}`);
    expect(await person.textOf('#total')).toBe('86.50');
    expect(await person.sessionCookie()).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
    await person.picture(`${platform}-2-logged-in`);
    const dead = topology.primary;
    expect(await dead.command('WAIT', 2, REPLICATION_LIMIT_MS)).toBe(2);
    await dead.kill();
    try {
      await until('the live line names another primary', async () => {
        const text = await person.textOf('#stateText');
        return text.startsWith('The primary is 127.0.0.1:') && !text.includes(dead.address);
      });
      expect(await person.open()).toBe(200);
      expect([await person.textOf('#me'), await person.cart()]).toEqual(['Ada Lovelace', ['2 Teapot', '1 Kettle']]);
      expect(await person.textOf('#answeredBy')).toMatch(/^the primary 127\.0\.0\.1:\d+$/);
      expect(await person.textOf('#answeredBy')).not.toContain(dead.address);
      await person.press('Remove Kettle');
      expect(await person.cart()).toEqual(['2 Teapot']);
      await person.press('Log out');
      expect([await person.textOf('#empty'), await person.page.locator('#me').count()]).toEqual(['Nothing in it yet.', 0]);
    } finally {
      await dead.restart();
      await topology.settled();
    }
  });

  if (platform === 'fastify') return;

  it('needs no JavaScript for any of it', async () => {
    const person = await arrive({ javaScript: false });
    await person.open();
    expect(await person.textOf('#stateText')).toBe(`The primary is ${topology.primary.address}.`);
    await person.logIn('grace', 'compiler-1952');
    await person.add('Spoon');
    expect([await person.textOf('#me'), await person.cart()]).toEqual(['Grace Hopper', ['1 Spoon']]);
    await person.press('Log out');
    await person.page.goBack();
    // Nobody keeps a copy of the page: the way back asks again.
    expect(await person.page.locator('#me').count()).toBe(0);
  });

  it('is told what was wrong with a login, and keeps the name that was typed', async () => {
    const person = await arrive();
    await person.open();
    await person.logIn('ada', 'engine-1842');
    expect(await person.page.getByRole('alert').innerText()).toBe('There is no user with this name and this password.');
    expect(await person.page.getByLabel('Name').inputValue()).toBe('ada');
    await person.picture('express-3-wrong-password');
    await person.logIn('ada', 'engine-1843');
    expect(await person.textOf('#me')).toBe('Ada Lovelace');
  });

  it('gets along with the keyboard alone', async () => {
    const person = await arrive();
    await person.open();
    const { keyboard } = person.page;
    await person.page.getByLabel('Name').focus();
    await keyboard.type('grace');
    await keyboard.press('Tab');
    await keyboard.type('compiler-1952');
    const following = person.page.waitForEvent('domcontentloaded');
    await keyboard.press('Enter');
    await following;
    expect(await person.textOf('#me')).toBe('Grace Hopper');
  });

  it('logs out in one window: the form of the other, which is older, gets a page that says so', async () => {
    const person = await arrive();
    await person.open();
    await person.logIn('ada', 'engine-1843');
    const other = await person.page.context().newPage();
    await other.goto(`${url}/account`);
    await other.getByRole('button', { name: 'Log out', exact: true }).click();
    await other.getByLabel('Password').waitFor();
    expect(await person.press('Add to cart')).toBe(403);
    expect(await person.textOf('h1')).toBe('That was not accepted');
    await person.picture('express-4-forbidden');
    await person.page.getByRole('link', { name: 'Open your account again' }).click();
    await person.page.getByLabel('Password').waitFor();
  });

  it('gets nothing into the cart from a form on another site, though it has the right token', async () => {
    const person = await arrive();
    await person.open();
    await person.logIn('ada', 'engine-1843');
    const token = await person.page.locator('input[name=csrfmiddlewaretoken]').first().inputValue();
    // What stands in a sandbox is of no origin: another site, for cookies and forms alike.
    await person.page.route(`${url}/evil`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        headers: { 'content-security-policy': 'sandbox allow-forms allow-scripts' },
        body: `<form method="post" action="${url}/account/cart/add"><input name="csrfmiddlewaretoken" value="${token}">
          <input name="product" value="1"><button>Add to cart</button></form>`,
      }),
    );
    await person.open('/evil');
    expect(await person.press('Add to cart')).toBe(403);
    await person.open();
    expect([await person.textOf('#me'), await person.cart()]).toEqual(['Ada Lovelace', []]);
  });

  it('sees a page in an outage, keeps the cookie, and goes on as before when Redis is back', async () => {
    const person = await arrive();
    await person.open();
    await person.logIn('ada', 'engine-1843');
    await person.add('Cup');
    const cookie = await person.sessionCookie();
    await Promise.all(topology.nodes.map((node) => node.hang()));
    try {
      await until('the live line tells of it', async () => (await person.textOf('#stateText')).startsWith('Redis is away'));
      expect(await person.press('Add to cart')).toBe(503);
      expect(await person.textOf('h1')).toBe('Your session can’t be reached right now');
      expect(await person.sessionCookie()).toEqual(cookie);
      await person.picture('express-5-outage');
    } finally {
      await Promise.all(topology.nodes.map((node) => node.resume()));
    }
    await until('the live line says that Redis is back', async () => (await person.textOf('#badge')) === 'up');
    await person.page.getByRole('link', { name: 'Try again' }).click();
    await person.page.locator('#me').waitFor();
    expect([await person.textOf('#me'), await person.cart()]).toEqual(['Ada Lovelace', ['1 Cup']]);
    expect(await person.sessionCookie()).toEqual(cookie);
    await topology.settled();
  });

  it('comes from the live page, which works in this browser, and leads to the account', async () => {
    const person = await arrive({ dark: true });
    expect(await person.open('/')).toBe(200);
    await until('the live page names the primary', async () =>
      (await person.textOf('#stateText')).includes(topology.primary.address),
    );
    await person.page.getByRole('button', { name: 'Load it each way' }).click();
    await person.page.locator('#productRows tr').first().waitFor();
    await person.picture('express-6-live-page');
    await person.page.getByRole('link', { name: 'Log in and cart' }).first().click();
    await person.page.getByLabel('Password').waitFor();
    await person.picture('express-7-dark');
  });
});
