import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CacheUnavailableError } from 'nestjs-sentinel-cache';
import { connectedPrimary } from '../connection/connected-primary.js';
import { startSentinelFixture, type SentinelFixture } from './sentinel-fixture.js';

const KEYS = 5000;

let fixture: SentinelFixture;
beforeAll(async () => {
  fixture = await startSentinelFixture({ deadline: '20s' });
});
afterAll(async () => {
  await fixture?.stop();
});

/** The entries are on so many replicas when it returns. */
async function fill(replicas: number): Promise<string[]> {
  const keys = Array.from({ length: KEYS }, (_, i) => `k${i}`).sort();
  await fixture.cache.setMany(new Map(keys.map((key) => [key, 1])), null);
  while (((await fixture.topology.primary.command('WAIT', replicas, 500)) as number) < replicas) await fixture.cache.get('k0');
  return keys;
}

it('A-54: iterKeys gives every key, and each once, across a failover', async () => {
  const keys = await fill(2);
  const before = connectedPrimary(fixture.caches);
  const seen: string[] = [];
  for await (const key of fixture.cache.iterKeys('k*', { itersize: 20 })) {
    seen.push(key);
    if (seen.length === KEYS / 2) await fixture.topology.failover();
  }
  expect(seen.sort()).toEqual(keys);
  expect(connectedPrimary(fixture.caches)).not.toBe(before);
});

it('A-55: deletePattern that meets the death of the primary goes on at the new one, or says how far it came', async () => {
  // The old primary may need ten seconds to become a replica.
  await fill(1);
  const before = connectedPrimary(fixture.caches);
  const deleting = fixture.cache.deletePattern('k*', { itersize: 1 }).catch((error: unknown) => error);
  await fixture.topology.primary.kill();
  const outcome = await deleting;
  if (typeof outcome !== 'number') {
    expect(outcome).toBeInstanceOf(CacheUnavailableError);
    expect(outcome).toMatchObject({ reason: 'connection-lost', executed: 'unknown' });
    await fixture.cache.deletePattern('k*');
  }
  expect(await fixture.cache.keys('k*')).toEqual([]);
  expect(connectedPrimary(fixture.caches)).not.toBe(before);
});
