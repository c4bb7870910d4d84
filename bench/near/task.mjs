/** One measurement of `npm run bench:near`, in a process of its own: `hits`, `memory` or `told`. */
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

import { createCaches } from '../../libs/sentinel-cache/dist/index.js';
import { VALUES } from '../speed/values.mjs';

const [task, details] = process.argv.slice(2);
const { url, host, port, rounds, calls, entries, writes } = JSON.parse(details);

const VALUE = VALUES['80 B'];
const BATCH = 200;
const LIFETIME = 3600;
const MAX_BYTES = 2 ** 30;

const median = (numbers) => quantile(numbers, 0.5);
const quantile = (numbers, share) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * share)];

function open() {
  const OPTIONS = { SERIALIZER: 'json', deadline: '30s', nearCache: { maxBytes: MAX_BYTES, maxAge: '1h' } };
  const caches = createCaches({ CACHES: { default: { BACKEND: 'redis', LOCATION: url, KEY_PREFIX: 'bench', OPTIONS } } });
  return { caches, cache: caches.get() };
}

async function untilNear({ caches, cache }, key) {
  for (const { hits } = caches.near(); caches.near().hits === hits; await pause(1)) await cache.get(key);
}

/** Nanoseconds of processor time of one call, calls one after the other: other programs have no part in it. */
async function timed(get) {
  const startedAt = process.cpuUsage();
  for (let i = 0; i < calls; i += 1) await get();
  const { user, system } = process.cpuUsage(startedAt);
  return ((user + system) * 1000) / calls;
}

/** Both hold the same value in memory, and take turns. */
async function hits() {
  const { BentoCache, bentostore } = await import('bentocache');
  const { memoryDriver } = await import('bentocache/drivers/memory');
  const { redisDriver } = await import('bentocache/drivers/redis');
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxSize: '64mb' }))
    .useL2Layer(redisDriver({ connection: { host, port } }));
  const bento = new BentoCache({ default: 'near', ttl: '1h', stores: { near: store } });
  const at = open();
  await at.cache.set('user:7', VALUE, LIFETIME);
  await bento.set({ key: 'user:7', value: VALUE });
  await untilNear(at, 'user:7');
  const times = { ours: [], bentocache: [] };
  for (let round = 0; round < rounds; round += 1) {
    times.ours.push(await timed(() => at.cache.get('user:7')));
    times.bentocache.push(await timed(() => bento.get({ key: 'user:7' })));
  }
  await Promise.all([at.caches.close(), bento.disconnectAll()]);
  // The ratio of each round, since a load of the machine changes from round to round.
  const ratio = median(times.ours.map((each, i) => times.bentocache[i] / each));
  return { ours: median(times.ours), bentocache: median(times.bentocache), ratio };
}

/** Memory after collecting garbage, until it grows no smaller. */
async function used() {
  let least = Infinity;
  for (let i = 0; i < 5; i += 1) {
    globalThis.gc();
    await pause(20);
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

/** Fills the tier with entries, then reads each from it. */
async function memory() {
  const writer = open();
  const batches = Array.from({ length: entries / BATCH }, (_, batch) => (i) => `user:${batch * BATCH + i}`);
  const keysOf = (key) => Array.from({ length: BATCH }, (_, i) => key(i));
  for (const key of batches) await writer.cache.setMany(Object.fromEntries(keysOf(key).map((each) => [each, VALUE])), LIFETIME);
  await writer.caches.close();
  const at = open();
  await at.cache.set('warm', VALUE, LIFETIME);
  await untilNear(at, 'warm');
  const before = await used();
  const bytesBefore = at.caches.near().bytes;
  const growth = async () => ({ growth: (await used()) - before, counted: at.caches.near().bytes - bytesBefore });
  for (const key of batches) {
    await at.cache.getMany(keysOf(key));
    // Lives are asked for in the background; more than a thousand at a time are not kept.
    while (at.caches.near().entries < Math.min(entries, Number(key(BATCH - 1).slice(5)) + 1)) await turn();
  }
  const filled = await growth();
  for (const key of batches) await at.cache.getMany(keysOf(key));
  const figures = { entries: at.caches.near().entries - 1, ...filled, read: await growth() };
  await at.caches.close();
  return figures;
}

/** Milliseconds from a SET by another program until the tier has dropped the entry. */
async function told() {
  const { Redis } = await import('ioredis');
  const other = new Redis(port, host);
  const at = open();
  const times = [];
  const key = at.cache.makeKey('user:7');
  await at.cache.set('user:7', VALUE, LIFETIME);
  for (let i = 0; i < writes; i += 1) {
    await untilNear(at, 'user:7');
    const { invalidations } = at.caches.near();
    const startedAtMs = performance.now();
    const write = other.set(key, JSON.stringify(VALUE));
    while (at.caches.near().invalidations === invalidations) await turn();
    times.push(performance.now() - startedAtMs);
    await write;
  }
  other.disconnect();
  await at.caches.close();
  return { median: median(times), p99: quantile(times, 0.99) };
}

process.send(await { hits, memory, told }[task]());
