import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { setTimeout as pause } from 'node:timers/promises';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { replicated } from '../failover/sentinel-fixture.js';
import { startDemoOnSentinel } from './demo-on-sentinel.js';
import { RunningDemo, settingsFor, until } from './running-demo.js';

describe.each<Platform>(['express', 'fastify'])('the demo on %s while Redis moves and dies', (platform) => {
  let topology: LocalSentinel;
  let demo: RunningDemo;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    ({ topology, demo, stop } = await startDemoOnSentinel(platform));
  });
  afterAll(() => stop());

  it('names the primary, its replicas with their lag, and the sentinels', async () => {
    await until('both replicas are connected', async () => {
      const { body } = await demo.get('/operations/topology').expect(200);
      return (
        body.replicas.length === 2 && body.replicas.every((replica: { lagMs: unknown }) => typeof replica.lagMs === 'number')
      );
    });
    const { body } = await demo.get('/operations/topology').expect(200);
    const { address } = topology.primary;
    expect(body).toMatchObject({ topology: 'sentinel', masterName: 'mymaster', primary: address, state: { status: 'up' } });
    expect(addresses(body.replicas)).toEqual(addresses(topology.replicas));
    expect(addresses(body.sentinels)).toEqual(addresses(topology.sentinels));
    expect(JSON.stringify(body)).not.toContain('admin');
  });

  it('rejects no counter call in a planned failover, loses none but what the old primary took, and names the new primary', async () => {
    const patient = await RunningDemo.start(platform, settingsFor(topology, { deadline: '10s' }));
    const before = topology.primary.address;
    const responses: { readonly status: number; readonly askedAtMs: number; readonly atMs: number }[] = [];
    const calls: Promise<unknown>[] = [];
    const call = async (): Promise<void> => {
      const askedAtMs = performance.now();
      const { status } = await patient.count('moved');
      responses.push({ status, askedAtMs, atMs: performance.now() });
    };
    const tenMore = async (): Promise<void> => {
      const already = responses.length;
      await until('calls are answered', () => responses.length > already + 10);
    };
    let moving = true;
    const counting = (async () => {
      while (moving) {
        calls.push(call());
        await pause(10);
      }
    })();
    let [orderedAtMs, movedAtMs] = [0, 0];
    try {
      await tenMore();
      orderedAtMs = performance.now();
      await replicated(topology);
      const after = await topology.failover();
      expect(after.address).not.toBe(before);
      await until('the demo names the new primary', async () => (await patient.primary()) === after.address);
      movedAtMs = performance.now();
      await tenMore();
    } finally {
      moving = false;
      await counting;
      await Promise.all(calls);
    }
    const { value } = (await patient.get('/counters/moved').expect(200)).body;
    await patient.close();
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]));
    expect(value).toBeLessThanOrEqual(responses.length);
    // Sentinel announces the switch a moment after the old primary took its last write.
    const inTheMoment = responses.filter(({ askedAtMs, atMs }) => atMs > orderedAtMs && askedAtMs < movedAtMs);
    expect(responses.length - value).toBeLessThanOrEqual(inTheMoment.length);
  });

  it('goes on by itself when the primary is killed', async () => {
    await topology.settled();
    const dead = topology.primary;
    await dead.kill();
    await until('another primary is named', async () => ![null, dead.address].includes(await demo.primary()));
    await demo.count('after-death').expect(201, { name: 'after-death', value: 1 });
    await dead.restart();
    await topology.settled();
  });

  it('with a Redis that refuses writes answers 503 with its code, goes on with products and prices, and is back by itself', async () => {
    const { primary } = topology;
    await primary.command('CONFIG', 'SET', 'min-replicas-to-write', '5');
    try {
      const { body, headers } = await demo.count('refused').expect(503);
      expect(body).toMatchObject({ statusCode: 503, executed: false, reason: 'NOREPLICAS' });
      expect(headers['retry-after']).toBe('1');
      await demo.put('/products/2', { price: 55 }).expect(200);
      await demo.get('/products').expect(200);
      // A stranger's session is saved when the page is ready: it can't be, and no page goes out that would not work.
      await demo.get('/account').set('accept', 'text/html').expect(503);
    } finally {
      await primary.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    }
    await demo.count('refused').expect(201);
    await until('the old price is gone', async () => (await demo.get('/products').expect(200)).body[1].price === 55);
  });

  it('with all of Redis away still answers the products, and says 503 for counters, with the reason and what became of the call', async () => {
    await demo.get('/products').expect(200);
    await Promise.all(topology.nodes.map((node) => node.kill()));
    await until('the outage is seen', async () => (await demo.get('/operations/health')).status === 503);
    const before = await demo.slowReads();
    const products = await demo.get('/products').expect(200).expect('cache-status', /fwd=/);
    expect(products.body).toContainEqual({ id: 1, name: 'Kettle', price: 24.5 });
    expect(await demo.slowReads()).toBe(before + 1);
    for (const call of [demo.count('away'), demo.get('/counters/away'), demo.get('/operations/kill-line')]) {
      const { body, headers } = await call.expect(503);
      expect(body).toMatchObject({ statusCode: 503, executed: false, reason: expect.stringMatching(/^[a-z-]+$/) });
      expect(JSON.stringify(body)).not.toMatch(/ {4}at |\.[jt]s:\d|admin/);
      expect(headers['retry-after']).toBe('1');
    }
    const { body } = await demo.get('/operations/health').expect(503);
    expect(body).toMatchObject({ status: 'down', reason: expect.any(String), message: expect.any(String) });
    await demo.get('/operations/topology').expect(200);
    await demo.get('/').expect(200);
  });

  it('takes a new price in the outage, and forgets the old list once Redis is back', async () => {
    await demo.put('/products/1', { price: 99 }).expect(200, { id: 1, name: 'Kettle', price: 99 });
    await Promise.all(topology.nodes.map((node) => node.restart()));
    await demo.healthy();
    await until('the new price is there', async () => {
      const { body } = await demo.get('/products').expect(200);
      return body[0].price === 99;
    });
    await demo.count('back').expect(201);
    await until('the list is cached again', async () =>
      /; hit/.test((await demo.get('/products').expect(200)).headers['cache-status'] ?? ''),
    );
    expect((await demo.get('/products').expect(200)).body[0]).toMatchObject({ price: 99 });
  });

  it.each(['killed', 'hung'] as const)('closes with Redis %s and calls under way', async (how) => {
    const ownTopology = await startLocalSentinel({ replicas: 0, sentinels: 1, password: 'admin' });
    try {
      const own = await RunningDemo.start(platform, settingsFor(ownTopology));
      await own.healthy();
      await Promise.all(ownTopology.nodes.map((node) => (how === 'killed' ? node.kill() : node.hang())));
      const calls = [own.get('/products'), own.count('late')].map((call) => call.then(() => 'answered').catch(() => 'cut'));
      await until('a call is under way', async () => (await own.slowReads()) > 0);
      expect(await own.close()).toBeLessThan(20_000);
      await Promise.all(calls);
    } finally {
      await ownTopology.stop();
    }
  });
});

function addresses(nodes: readonly { readonly address: string }[]): string[] {
  return nodes.map(({ address }) => address).toSorted();
}
