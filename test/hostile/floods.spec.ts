import { monitorEventLoopDelay } from 'node:perf_hooks';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCaches, type CacheEvent, type SentinelCaches } from 'nestjs-sentinel-cache';

import { ScriptedServer } from './support/scripted-server.js';

const FLOODED_FOR_MS = 3000;

let node: ScriptedServer;
let sentinels: ScriptedServer[];
let caches: SentinelCaches;
let log: CacheEvent[];
beforeEach(async () => {
  node = await ScriptedServer.start('data');
  sentinels = await Promise.all([1, 2, 3].map(() => ScriptedServer.start('sentinel')));
  for (const sentinel of sentinels) sentinel.primaryPort = node.port;
  log = [];
  const LOCATION = `mymaster/${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/0`;
  const OPTIONS = { CLIENT_CLASS: 'django_sentinel.SentinelClient', deadline: '2s' };
  caches = createCaches(
    { default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION, OPTIONS } },
    { onEvent: (event) => log.push(event) },
  );
});
afterEach(async () => {
  await caches.close();
  await Promise.all([node, ...sentinels].map((server) => server.stop()));
});

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const said = (channel: string, words: string): string => `>4\r\n${bulk('pmessage')}${bulk('*')}${bulk(channel)}${bulk(words)}`;
const down = (): Buffer => Buffer.from(said('+sdown', 'slave 127.0.0.1:1 127.0.0.1 1 @ mymaster 127.0.0.1 2').repeat(100_000));
const moved = (): Buffer => {
  const to = (port: number): string => said('+switch-master', `mymaster 127.0.0.1 ${node.port} 127.0.0.1 ${1 + (port % 60_000)}`);
  return Buffer.from(Array.from({ length: 20_000 }, (_, port) => to(port)).join(''));
};
const trickle = (): Buffer => Buffer.from(said('+sdown', 'x').repeat(199));

describe('a sentinel that talks much, beside two that do not', () => {
  it.each([
    ['100 000 times +sdown', down],
    ['20 000 times +switch-master', moved],
    ['just below the bound', trickle],
    ['a message of 8 MB', () => Buffer.from(said('+sdown', 'x'.repeat(8_000_000)))],
  ] as const)('holds no call up: %s, ten times a second', async (what, make) => {
    const cache = caches.get();
    await cache.set('k', 1);
    sentinels[0]!.chatter = make();
    sentinels[0]!.hangUp();
    const delays = monitorEventLoopDelay({ resolution: 10 });
    delays.enable();
    let calls = 0;
    for (const endMs = performance.now() + FLOODED_FOR_MS; performance.now() < endMs; calls += 1)
      expect(await cache.get('k')).toBe(1);
    delays.disable();
    const lagMs = Math.round(delays.max / 1e6);
    const lines = log.filter(({ level }) => level === 'warn').length;
    process.stdout.write(
      `${what}: ${calls} calls in ${FLOODED_FOR_MS} ms, longest lag of the loop ${lagMs} ms, ${lines} lines\n`,
    );
    expect(calls).toBeGreaterThan(300);
    expect(lines).toBeLessThan(10);
  });

  it('holds no call up: a million fields about the primary in each answer', async () => {
    const cache = caches.get();
    await cache.set('k', 1);
    const million = Buffer.from(`*1000000\r\n${'+x\r\n'.repeat(1_000_000)}`);
    sentinels[0]!.hostile = () => ({ kind: 'a million fields', bytes: million });
    sentinels[0]!.hangUp();
    let calls = 0;
    for (const endMs = performance.now() + FLOODED_FOR_MS; performance.now() < endMs; calls += 1)
      expect(await cache.get('k')).toBe(1);
    process.stdout.write(`a million fields: ${calls} calls in ${FLOODED_FOR_MS} ms\n`);
    expect(calls).toBeGreaterThan(300);
  });
});
