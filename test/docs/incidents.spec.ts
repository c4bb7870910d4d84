import { describe, it } from '@jest/globals';
import { startLocalSentinel, startLocalRedis, startLocalCluster } from 'local-sentinel';
import { createCaches, type CacheEvent } from 'nestjs-sentinel-cache';
import { appendFileSync } from 'node:fs';
const out = (s: string) => appendFileSync('/tmp/docs/lines.txt', s + '\n');
const pause = (ms: number) => new Promise((r) => setTimeout(r, ms));
function open(LOCATION: string, OPTIONS: object = {}) {
  const log: CacheEvent[] = [];
  const caches = createCaches({ default: { BACKEND: 'redis', LOCATION, OPTIONS } }, { onEvent: (e) => { log.push(e); out(`  ${e.level} ${e.message}`); } });
  return { caches, cache: caches.get(), log };
}
const S = { CLIENT_CLASS: 'sentinel', PASSWORD: 'admin', deadline: 2000 };
const say = (e: unknown) => out(`  ERR ${(e as Error).message}`);
describe('probe', () => {
  it('password', async () => {
    out('PASSWORD');
    const t = await startLocalSentinel({ password: 'admin', replicas: 1 });
    const c = open(t.location(), S);
    await c.cache.set('a', 1);
    for (const n of t.master().nodes) { await n.command('CONFIG', 'SET', 'requirepass', 'new'); await n.command('CLIENT', 'KILL', 'TYPE', 'normal').catch(() => 0); }
    for (let i = 0; i < 4; i++) { await c.cache.set('a', 2).catch(say); await pause(300); }
    await c.caches.close(); await t.stop();
  }, 60000);
  it('sentinels', async () => {
    out('SENTINELS 2 of 3 gone, then primary dies');
    const t = await startLocalSentinel({ password: 'admin', replicas: 1 });
    const c = open(t.location(), S);
    await c.cache.set('a', 1);
    await t.sentinels[0]!.kill(); await t.sentinels[1]!.kill();
    await pause(3000); await c.cache.set('a', 2).catch(say);
    out(' now the primary');
    await t.primary.kill();
    for (let i = 0; i < 3; i++) { await c.cache.set('a', 2).catch(say); await pause(1000); }
    await c.caches.close(); await t.stop();
  }, 60000);
  it('address', async () => {
    out('ADDRESS');
    const t = await startLocalSentinel({ password: 'admin', replicas: 1, nat: true });
    const c = open(t.location(), S);
    await c.cache.set('a', 1).catch(say); await pause(1000); await c.cache.set('a', 1).catch(say);
    await c.caches.close(); await t.stop();
  }, 60000);
  it('oom', async () => {
    out('OOM');
    const r = await startLocalRedis();
    const c = open(`redis://${r.host}:${r.port}/0`);
    await r.command('CONFIG', 'SET', 'maxmemory', '1mb');
    await c.cache.set('user:7', 'x'.repeat(1000)).catch(say);
    const d = open(`redis://${r.host}:${r.port}/0`, { IGNORE_EXCEPTIONS: true, LOG_IGNORED_EXCEPTIONS: true });
    await d.cache.set('user:7', 'x'.repeat(1000)).catch(say);
    await pause(200);
    await c.caches.close(); await d.caches.close(); await r.stop();
  }, 60000);
  it('zone', async () => {
    out('ZONE');
    const k = await startLocalCluster({ primaries: 3, replicas: 1, nodeTimeoutMs: 1000 });
    const c = open(k.location(), { deadline: 500 });
    for (let i = 0; i < 20; i++) await c.cache.set('k' + i, 1).catch(say);
    await k.primaries[0]!.kill();
    for (let i = 0; i < 60; i++) { await Promise.all(Array.from({ length: 10 }, (_, j) => c.cache.set('k' + j, 1).catch(say))); await pause(100); }
    await c.caches.close(); await k.stop();
  }, 90000);
});
