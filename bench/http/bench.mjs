/**
 * Cached pages side by side: Nest's own CacheInterceptor on @keyv/redis, ours from Redis, ours from the near tier, a handler that sends the same bytes
 * from ioredis by hand, and no cache, on Express and Fastify, with and without an outer interceptor that wraps the result. All on one Redis, taken in
 * turn within each round. Prints requests a second (median of the rounds) and ratios. Asserts nothing: machines differ.
 *
 *   SECONDS=2 ROUNDS=3 npm run bench:http
 */
import autocannon from 'autocannon';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SECONDS = Number(process.env.SECONDS ?? 2);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CONNECTIONS = 50;
const SIZES = [300, 6000, 66_000];
const CONTENDERS = ['none', 'stock', 'ours', 'ours, near', 'by hand'];
const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));

async function start(name, platform, redisUrl, wraps) {
  const child = fork(SERVER, [name, platform, redisUrl, wraps], { env: { ...process.env, NODE_ENV: 'production' } });
  const exited = once(child, 'exit');
  const [{ port }] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`${name}: exit ${code}`))),
  ]);
  const stop = async () => {
    child.disconnect();
    await exited;
  };
  const cpuMicros = async () => {
    child.send('cpu');
    const [{ cpu }] = await once(child, 'message');
    return cpu.user + cpu.system;
  };
  return { name, origin: `http://127.0.0.1:${port}`, cpuMicros, stop };
}

/** Requests a second, and the server's processor time for each of them in microseconds, which a busy machine changes least. */
async function load({ origin, name, cpuMicros }, size, duration) {
  const before = await cpuMicros();
  const result = await autocannon({ url: `${origin}/s${size}`, connections: CONNECTIONS, duration });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${name}: ${result.non2xx} refused, ${result.errors} errors`);
  const { total, average } = result.requests;
  return { rate: average, micros: ((await cpuMicros()) - before) / total };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function measure(contenders) {
  const rates = new Map(contenders.map(({ name }) => [name, new Map(SIZES.map((size) => [size, []]))]));
  for (const size of SIZES) {
    for (const contender of contenders) await load(contender, size, 1);
    for (let round = 0; round < ROUNDS; round += 1)
      for (const contender of contenders)
        rates
          .get(contender.name)
          .get(size)
          .push(await load(contender, size, SECONDS));
  }
  return (what, name, size) =>
    median(
      rates
        .get(name)
        .get(size)
        .map((one) => one[what]),
    );
}

function print(title, what, ratio, of) {
  console.log(`\n${title}`);
  const others = CONTENDERS.filter((name) => name !== 'ours');
  const row = (size) => ({
    ...Object.fromEntries(CONTENDERS.map((name) => [name, Math.round(of(what, name, size))])),
    ...Object.fromEntries(
      others.map((name) => [`ours : ${name}`, Number(ratio(of(what, 'ours', size), of(what, name, size)).toFixed(2))]),
    ),
  });
  console.table(Object.fromEntries(SIZES.map((size) => [`${size} bytes`, row(size)])));
}

const { startLocalRedis } = await import(new URL('../../libs/local-sentinel/dist/index.js', import.meta.url).href);
const redis = await startLocalRedis();
try {
  for (const platform of ['express', 'fastify']) {
    for (const wraps of ['plain', 'wrapped']) {
      const contenders = await Promise.all(
        CONTENDERS.map((name) => start(name, platform, redis.url().replace(/\/\d*$/, ''), wraps)),
      );
      try {
        const rate = await measure(contenders);
        print(`${platform}, ${wraps}: requests a second, and how many times as many ours are`, 'rate', (a, b) => a / b, rate);
        print('microseconds of processor a request, and how many times less ours are', 'micros', (a, b) => b / a, rate);
      } finally {
        await Promise.all(contenders.map((contender) => contender.stop()));
      }
    }
  }
} finally {
  await redis.stop();
}
