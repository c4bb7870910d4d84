import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { startDemoOnSentinel } from './demo-on-sentinel.js';
import { RunningDemo, settingsFor, until } from './running-demo.js';
import { cookieLines, Visitor } from './visitor.js';

const ADA = { id: 1, name: 'ada', fullName: 'Ada Lovelace' };
const REPLICATION_LIMIT_MS = 5000;

describe.each<Platform>(['express', 'fastify'])('accounts of the demo on %s while Redis moves and dies', (platform) => {
  let topology: LocalSentinel;
  let demo: RunningDemo;
  let stop: () => Promise<void>;
  let visitor: Visitor;

  const replicated = async (): Promise<void> => {
    const replicas = await topology.primary.command('WAIT', 2, REPLICATION_LIMIT_MS);
    expect(Number(replicas)).toBe(2);
  };
  const seen = async (): Promise<string> => (await visitor.open()).text;

  beforeAll(async () => {
    ({ topology, demo, stop } = await startDemoOnSentinel(platform));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    await topology.settled();
    await demo.healthy();
    visitor = new Visitor(demo);
    expect((await visitor.logIn()).status).toBe(303);
    await visitor.open();
    expect((await visitor.add(2)).status).toBe(303);
    await replicated();
  });

  it('keeps login and cart through a planned failover, and answers every click on the way', async () => {
    const before = topology.primary.address;
    const patient = await RunningDemo.start(platform, settingsFor(topology, { deadline: '10s' }));
    const { key } = visitor;
    visitor = new Visitor(patient);
    visitor.key = key;
    await visitor.open();
    const statuses: number[] = [];
    let moving = true;
    const clicking = (async () => {
      while (moving) for (const click of [visitor.open(), visitor.add(1)]) statuses.push((await click).status);
    })();
    let after = topology.primary;
    try {
      after = await topology.failover();
      await until('the demo names the new primary', async () => (await patient.primary()) === after.address);
      const answered = statuses.length;
      await until('clicks are answered on the new primary', () => statuses.length > answered + 6);
    } finally {
      moving = false;
      await clicking;
    }
    expect(after.address).not.toBe(before);
    expect(new Set(statuses)).toEqual(new Set([200, 303]));
    const who = await visitor.whoAmI();
    expect(who).toEqual({
      user: ADA,
      cart: [
        { product: 2, quantity: 1 },
        { product: 1, quantity: expect.any(Number) },
      ],
    });
    expect(await seen()).toContain(`<strong id="answeredBy">the primary ${after.address}</strong>`);
    await patient.close();
  });

  it('keeps login and cart when the primary is killed, and nobody has to log in again', async () => {
    const dead = topology.primary;
    const { key } = visitor;
    await dead.kill();
    const statuses = new Set<number>();
    await until('the page is there again', async () => {
      const { status } = await visitor.open();
      statuses.add(status);
      return status === 200 && (await demo.primary()) !== dead.address;
    });
    expect([...statuses].filter((status) => ![200, 503].includes(status))).toEqual([]);
    expect(visitor.key).toBe(key);
    expect(await visitor.whoAmI()).toEqual({ user: ADA, cart: [{ product: 2, quantity: 1 }] });
    expect((await visitor.add(2)).status).toBe(303);
    expect(await seen()).toContain('<td id="total" class="number">62.00</td>');
    await dead.restart();
  });

  it('answers 503 with a page in an outage, and afterwards the visitor is logged in as before', async () => {
    const { key } = visitor;
    await Promise.all(topology.nodes.map((node) => node.hang()));
    try {
      await until('the outage is seen', async () => (await demo.get('/operations/health')).status === 503);
      for (const response of [await visitor.open(), await visitor.add(1), await visitor.submit('logout')]) {
        expect([response.status, response.headers['retry-after']]).toEqual([503, '1']);
        expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
        expect(response.text).toContain('Nobody is logged out and no cart is lost');
        expect(response.text).not.toContain('127.0.0.1:');
        expect(cookieLines(response)).toEqual([]);
      }
      const stranger = await new Visitor(demo).open();
      expect([stranger.status, cookieLines(stranger)]).toEqual([503, []]);
      const { status, body, headers } = await demo.get('/account/whoami').set('cookie', `sessionid=${key}`);
      expect([status, headers['retry-after'], headers['set-cookie']]).toEqual([503, '1', undefined]);
      expect(body).toEqual({ statusCode: 503, message: 'The session is not available right now.' });
      await demo.get('/').expect(200);
    } finally {
      await Promise.all(topology.nodes.map((node) => node.resume()));
    }
    await demo.healthy();
    expect(visitor.key).toBe(key);
    expect(await visitor.whoAmI()).toEqual({ user: ADA, cart: [{ product: 2, quantity: 1 }] });
    expect((await visitor.submit('logout')).status).toBe(303);
  });
});
