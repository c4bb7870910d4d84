import { createServer, type AddressInfo, type Server } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCaches, type CacheEvent, type SentinelCaches } from 'nestjs-sentinel-cache';

import { keySlot } from '../../libs/sentinel-cache/src/keys/key-slot.js';
import { until } from '../cache/support/waiting.js';
import type { HostileReply } from './support/frames.js';
import { ScriptedServer } from './support/scripted-server.js';

const DEADLINE_MS = 500;
/** Beyond the deadline, on a busy machine. */
const MARGIN_MS = 3000;

let nodes: ScriptedServer[];
let caches: SentinelCaches;
let log: CacheEvent[];
beforeEach(async () => {
  nodes = await Promise.all([1, 2].map(() => ScriptedServer.start('cluster')));
  log = [];
  const location = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  caches = createCaches(
    { default: { BACKEND: 'redis', LOCATION: location, OPTIONS: { deadline: DEADLINE_MS } } },
    { onEvent: (event) => log.push(event) },
  );
});
afterEach(async () => {
  await caches.close();
  await Promise.all(nodes.map((node) => node.stop()));
});

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const reply = (text: string): HostileReply => ({ kind: 'scripted', bytes: Buffer.from(text) });
const owner = (slot: number, port: number): string =>
  `*3\r\n:${slot}\r\n:${slot}\r\n*3\r\n${bulk('127.0.0.1')}:${port}\r\n${bulk(`id${port}`)}`;
const isSlots = ([name = '', question = '']: readonly string[]): boolean =>
  `${name} ${question}`.toUpperCase() === 'CLUSTER SLOTS';
const slotOf = ([, key = '']: readonly string[]): number => keySlot(key);

describe('nodes of a cluster that lie', () => {
  it('one whose map can be none is told of once, and another one is asked', async () => {
    nodes[0]!.hostile = (words) =>
      isSlots(words) ? reply(`*16384\r\n${Array.from({ length: 16_384 }, (_, i) => owner(i, 1 + i)).join('')}`) : undefined;
    await until('the other one is believed', () =>
      caches
        .get()
        .set('k', 1)
        .catch(() => false),
    );
    expect(caches.topology()!.primaries!.map(({ address }) => address)).toEqual([`127.0.0.1:${nodes[1]!.port}`]);
    const warnings = () => log.filter(({ message }) => message.includes('more than 1000 nodes'));
    await until('it was told', () => warnings().length > 0);
    expect(warnings()).toHaveLength(1);
  }, 20_000);

  it('one that names many owners is not followed to all of them at once', async () => {
    const owners = await Promise.all(Array.from({ length: 100 }, () => startMute()));
    for (const node of nodes)
      node.hostile = (words) =>
        isSlots(words)
          ? reply(`*100\r\n${owners.map((mute, i) => owner(i, (mute.address() as AddressInfo).port)).join('')}`)
          : undefined;
    const reached = new Set<Server>();
    let triedAtFirstEnd: number | undefined;
    for (const mute of owners) {
      mute.on('connection', (socket) => {
        reached.add(mute);
        socket.on('close', () => (triedAtFirstEnd ??= reached.size));
        socket.on('error', () => socket.destroy());
        socket.resume();
      });
    }
    try {
      caches.start();
      await until('all were tried', () => reached.size === owners.length, 15_000);
      // 32, and as many again in the turn in which the first of them were given up.
      expect(triedAtFirstEnd).toBeLessThanOrEqual(64);
    } finally {
      await caches.close();
      await Promise.all(owners.map((mute) => new Promise((resolve) => mute.close(resolve))));
    }
  }, 30_000);

  it.each<[string, (words: readonly string[], from: number) => string, string]>([
    ['send it to and fro', (words, from) => `MOVED ${slotOf(words)} 127.0.0.1:${nodes[1 - from]!.port}`, 'no-primary'],
    ['ask it to and fro', (words, from) => `ASK ${slotOf(words)} 127.0.0.1:${nodes[1 - from]!.port}`, 'no-primary'],
    ['send it to themselves', (words, from) => `MOVED ${slotOf(words)} 127.0.0.1:${nodes[from]!.port}`, 'no-primary'],
    ['send it to a slot that there is not', () => 'MOVED 16384 127.0.0.1:1', 'protocol'],
    ['send it to a slot of another key', (words) => `MOVED ${(slotOf(words) + 1) % 16_384} 127.0.0.1:1`, 'protocol'],
    ['send it to a port that there is not', (words) => `MOVED ${slotOf(words)} 127.0.0.1:65536`, 'protocol'],
    ['send it to a host that is none', (words) => `ASK ${slotOf(words)} a/b@c:6379`, 'protocol'],
    ['send it nowhere', () => 'MOVED', 'protocol'],
    ['never serve it', () => 'CLUSTERDOWN for ever', 'no-primary'],
    ['put it off', () => 'TRYAGAIN later', 'no-primary'],
  ])(
    'end a call within its deadline when they %s',
    async (_what, message, reason) => {
      for (const [i, node] of nodes.entries())
        node.hostile = (words) => (words[0]!.toUpperCase() === 'GET' ? reply(`-${message(words, i)}\r\n`) : undefined);
      await until('there is a map', () =>
        caches
          .get()
          .set('k', 1)
          .catch(() => false),
      );
      const startedAtMs = performance.now();
      await expect(caches.get().get('k')).rejects.toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason });
      expect(performance.now() - startedAtMs).toBeLessThan(DEADLINE_MS + MARGIN_MS);
    },
    20_000,
  );
});

/** Takes connections and never says a word. */
function startMute(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
