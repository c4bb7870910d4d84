import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalSentinel } from 'local-sentinel';
import { setTimeout as pause } from 'node:timers/promises';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { startDemoOnSentinel } from './demo-on-sentinel.js';
import { RunningDemo, settingsFor, until } from './running-demo.js';
import { Watcher } from './watcher.js';

const addresses = (nodes: readonly { readonly address: string }[]): string[] => nodes.map(({ address }) => address).toSorted();

describe.each<Platform>(['express', 'fastify'])('the live page of the demo on %s', (platform) => {
  let topology: LocalSentinel;
  let demo: RunningDemo;
  let stop: () => Promise<void>;
  let watcher: Watcher;
  const primary = async (): Promise<string> => (await demo.primary())!;
  const whole = (): Promise<void> => until('all six servers are up', () => watcher.isWhole());

  beforeAll(async () => {
    ({ topology, demo, stop } = await startDemoOnSentinel(platform));
  });
  afterAll(() => stop());
  beforeEach(async () => {
    watcher = await Watcher.open(demo);
    await until('it says hello', () => watcher.hello !== undefined);
    // What a test before it left broken must not be what this one fails of.
    await demo.drill('bring-back');
    await whole();
  });
  afterEach(() => watcher.close());

  it('says hello with all so far, then shows each server in its role, and counts what the caches do', async () => {
    expect(watcher.hello).toMatchObject({ backend: 'redis', platform, drill: true, samples: expect.any(Array) });
    const { nodes = [], possible } = watcher.nodes!;
    const ofKind = (kind: string): string[] => addresses(nodes.filter((node) => node.kind === kind));
    expect(ofKind('primary')).toEqual([topology.primary.address]);
    expect(ofKind('replica')).toEqual(addresses(topology.replicas));
    expect(ofKind('sentinel')).toEqual(addresses(topology.sentinels));
    expect(possible).toEqual(['kill', 'hang', 'failover']);
    await until('writes are counted', () => watcher.samples.some(({ operations, p50Ms }) => operations > 0 && p50Ms !== null));
    for (const sample of watcher.samples) expect(sample.p99Ms ?? 0).toBeGreaterThanOrEqual(sample.p50Ms ?? 0);
    const late = await Watcher.open(demo);
    await until('who comes later gets them', () => (late.hello?.samples.length ?? 0) > 0);
    late.close();
  });

  it('kills until nothing is left, keeps the dead in the picture with their age, and brings all back', async () => {
    const first = await primary();
    await demo.drill('kill').expect(201, { done: 'kill', addresses: [first] });
    await until('writes go on', () => watcher.recoveries.length > 0);
    const { from, to, afterSwitchMs, withoutWritesMs, refused } = watcher.recoveries[0]!;
    expect([from, to]).toEqual([first, await primary()]);
    expect(afterSwitchMs).toBeGreaterThanOrEqual(0);
    expect(afterSwitchMs).toBeLessThan(5000);
    expect(withoutWritesMs).toBeGreaterThan(afterSwitchMs);
    // A failover that is over within the deadline of a write refuses none.
    expect(refused).toBeGreaterThanOrEqual(0);
    expect(watcher.types()).toEqual(expect.arrayContaining(['primary-down-agreed', 'primary-changed', 'moved']));
    expect(watcher.drills).toMatchObject([{ action: 'kill', addresses: [first] }]);
    await until('the dead one ages, as a replica', () => {
      const dead = watcher.node(first);
      return dead?.kind === 'replica' && (dead.sinceMs ?? 0) > 1000;
    });
    expect(watcher.node(first)).toMatchObject({ state: 'down', injury: 'killed' });

    const second = await primary();
    await demo.drill('kill').expect(201, { done: 'kill', addresses: [second] });
    await until('writes go on again', () => watcher.recoveries.length > 1);
    const third = await primary();
    await until(
      'no failover is offered without a replica',
      () => watcher.nodes?.primary === third && !watcher.nodes.possible?.includes('failover'),
    );
    expect((await demo.drill('failover').expect(409)).body).toMatchObject({ problem: 'no-replica' });
    await demo.drill('kill').expect(201, { done: 'kill', addresses: [third] });
    const killed = (): unknown => watcher.nodes?.nodes.filter(({ injury }) => injury === 'killed').length;
    await until('Redis is away, and all three are dead', () => watcher.nodes?.status === 'away' && killed() === 3);
    await until('refused writes are counted', () => watcher.samples.some((sample) => sample.refused > 0));
    for (const action of ['kill', 'hang', 'failover'])
      expect((await demo.drill(action).expect(409)).body).toMatchObject({ problem: 'no-primary', message: expect.any(String) });
    expect(killed()).toBe(3);

    const { body } = await demo.drill('bring-back').expect(201);
    expect(body.addresses.toSorted()).toEqual([first, second, third].toSorted());
    await whole();
    expect((await demo.drill('bring-back').expect(409)).body).toMatchObject({ problem: 'all-well' });
    await demo.count('after-three-kills').expect(201);
  });

  it('hangs the primary, goes on with another one, and lets the hung one come back as a replica', async () => {
    const hung = await primary();
    await demo.drill('hang').expect(201, { done: 'hang', addresses: [hung] });
    await until('writes go on', () => watcher.recoveries.length > 0);
    await until('the hung one is seen', () => watcher.node(hung)?.state === 'down');
    expect(watcher.node(hung)).toMatchObject({ state: 'down', injury: 'hung' });
    await demo.drill('bring-back').expect(201, { done: 'bring-back', addresses: [hung] });
    await whole();
    expect(watcher.node(hung)).toMatchObject({ kind: 'replica', state: 'up', injury: null });
  });

  it('moves as planned, and lets one action after the other', async () => {
    const before = await primary();
    const responses = await Promise.all([demo.drill('failover'), demo.drill('failover'), demo.drill('kill')]);
    const [done, ...refused] = responses.toSorted((a, b) => a.status - b.status);
    expect(done!.body).toEqual({ done: 'failover', addresses: [expect.not.stringContaining(before)] });
    expect(refused.map(({ status, body }) => [status, body.problem])).toEqual(Array(2).fill([409, 'busy']));
    await until('writes go on', () => watcher.recoveries.length > 0);
    expect(watcher.recoveries[0]).toMatchObject({ from: before, to: done!.body.addresses[0] });
    await whole();
  });

  it('obeys no button of another site, without the token, from behind a proxy, or that there is not', async () => {
    const before = await primary();
    await demo.post('/operations/drill/kill').expect(403);
    await demo.drill('kill').set('sec-fetch-site', 'cross-site').expect(403);
    await demo.drill('kill').set('x-forwarded-for', '203.0.113.9').expect(403);
    await demo.drill('kill').set('forwarded', 'for=203.0.113.9').expect(403);
    await demo.drill('explode').expect(400);
    await demo.get('/operations/drill/kill').expect(404);
    const proxied = await Watcher.open(demo, { 'x-forwarded-for': '203.0.113.9' });
    await until('it says hello', () => proxied.hello !== undefined);
    expect(proxied.hello?.drill).toBe(false);
    proxied.close();
    expect(topology.nodes.every(({ isRunning, isHung }) => isRunning && !isHung)).toBe(true);
    expect(await primary()).toBe(before);
  });

  it('has no buttons for servers that the demo did not start', async () => {
    const other = await RunningDemo.start(platform, settingsFor(topology));
    const guest = await Watcher.open(other);
    await until('it sees the servers', () => guest.nodes !== undefined);
    expect([guest.hello?.drill, guest.nodes?.possible]).toEqual([false, null]);
    await other.drill('kill').expect(404);
    guest.close();
    await other.close();
  });

  it('writes only while somebody watches', async () => {
    const writes = async (): Promise<string | undefined> => {
      const { text } = await demo.get('/metrics');
      return /operation="set",outcome="done"\} (\d+)/.exec(text)?.[1];
    };
    const before = await writes();
    await until('it writes', async () => (await writes()) !== before);
    watcher.close();
    await until('it has stopped', async () => {
      const now = await writes();
      await pause(300);
      return (await writes()) === now;
    });
  });
});
