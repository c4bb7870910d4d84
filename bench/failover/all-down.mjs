/**
 * Every node of Redis is down, and an application goes on writing, 1000 times a second. Prints a line a minute: what callers were
 * told, how long the slowest of those waited that were refused at once, and the heap after a collection. Ends by itself.
 *
 *   MINUTES=60 npm run bench:all-down
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startLocalSentinel } from '../../libs/local-sentinel/dist/index.js';
import { createCaches } from '../../libs/sentinel-cache/dist/index.js';

const MINUTES = Number(process.env.MINUTES ?? 60);
const CALLS_A_TICK = 10;
const TICK_MS = 10;
const MINUTE_MS = 60_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const heapMb = () => {
  collect();
  return process.memoryUsage().heapUsed / 1024 / 1024;
};
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin' });
const caches = createCaches({
  default: {
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: topology.location('mymaster', 0),
    OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient' },
  },
});
const cache = caches.get();
const value = 'x'.repeat(100);
let [calls, pending] = [0, 0];
let told = new Map();
let [refusals, longestMs] = [[], 0];

async function write() {
  const startedAtMs = performance.now();
  calls += 1;
  pending += 1;
  const reason = await cache.set(`k${calls % 100_000}`, value, 60).then(
    () => 'acknowledged',
    (error) => `${error.reason}/${error.executed}`,
  );
  pending -= 1;
  told.set(reason, (told.get(reason) ?? 0) + 1);
  const tookMs = performance.now() - startedAtMs;
  longestMs = Math.max(longestMs, tookMs);
  if (reason.startsWith('queue-full')) refusals.push(tookMs);
}

try {
  await cache.set('warm', 1);
  await Promise.all(topology.master().nodes.map((node) => node.kill()));
  const beforeMb = heapMb();
  console.log(`heap before ${beforeMb.toFixed(1)} MB; ${MINUTES} minutes, ${(CALLS_A_TICK * 1000) / TICK_MS} writes a second`);
  for (let minute = 1; minute <= MINUTES; minute += 1) {
    const untilMs = performance.now() + MINUTE_MS;
    const startedAtMs = performance.now();
    for (let owed = 0, made = 0; performance.now() < untilMs; await pause(TICK_MS)) {
      // Open loop: what a late timer left out is made up for.
      owed = Math.floor((performance.now() - startedAtMs) / TICK_MS) * CALLS_A_TICK - made;
      made += owed;
      for (; owed > 0; owed -= 1) void write();
    }
    const sorted = refusals.toSorted((a, b) => a - b);
    const said = [...told].map(([reason, times]) => `${reason} ${times}`).join(', ');
    console.log(
      `minute ${minute}: ${calls} writes so far, ${pending} pending; ${said}; refused at once p99 ${percentile(sorted, 0.99).toFixed(2)} ms; ` +
        `longest call ${longestMs.toFixed(0)} ms; heap +${(heapMb() - beforeMb).toFixed(1)} MB`,
    );
    [told, refusals, longestMs] = [new Map(), [], 0];
  }
} finally {
  await caches.close();
  await topology.stop();
}
