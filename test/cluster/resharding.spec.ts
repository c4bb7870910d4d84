import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { LocalNode } from 'local-sentinel';

import { rejectionOf } from '../cache/support/waiting.js';
import { until } from '../connection/until.js';
import {
  beginMigration,
  endMigration,
  migrateKeys,
  placesOf,
  startClusterFixture,
  type ClusterFixture,
} from './cluster-fixture.js';

let at: ClusterFixture;
beforeAll(async () => {
  at = await startClusterFixture(0, { deadline: 1000 });
});
afterAll(() => at?.stop());

/** Reads and counts without a break until it is ended; every outcome. */
function load(name: string, other: string) {
  const { cache } = at;
  const errors: unknown[] = [];
  let [running, counted, read] = [true, 0, 0];
  const work = async (): Promise<void> => {
    while (running) {
      try {
        await cache.incr(name);
        counted += 1;
        if ((await cache.get(other)) !== undefined) read += 1;
      } catch (error) {
        errors.push(error);
        running = false;
      }
    }
  };
  const workers = Array.from({ length: 8 }, work);
  return {
    errors,
    counted: () => counted,
    stop: async () => {
      running = false;
      await Promise.all(workers);
      return { counted, read };
    },
  };
}

async function isAssigned(node: LocalNode, slot: number): Promise<boolean> {
  const ranges = (await node.command('CLUSTER', 'SLOTS')) as [number, number][];
  return ranges.some(([first, last]) => first <= slot && slot <= last);
}

describe('while a slot moves to another primary', () => {
  it('A-60: iterating a set does not begin anew for slots that others have: each member comes once', async () => {
    const { cache, cluster } = at;
    const members = Array.from({ length: 3000 }, (_, i) => i);
    await cache.sets.add('iterated', members);
    const elsewhere = await placesOf(at, 'elsewhere');
    const seen: unknown[] = [];
    expect(elsewhere.slot).not.toBe((await placesOf(at, 'iterated')).slot);
    for await (const member of cache.sets.iterate('iterated', { count: 100 })) {
      seen.push(member);
      if (seen.length !== 500) continue;
      await endMigration(elsewhere.slot, elsewhere.other, cluster.nodes);
      // Answered by MOVED, by which the client learns of it.
      await cache.set('elsewhere', 1, 600);
    }
    expect(seen.length).toBe(members.length);
    expect(new Set(seen)).toEqual(new Set(members));
    await cache.delete('elsewhere');
    await endMigration(elsewhere.slot, elsewhere.owner, cluster.nodes);
  });

  it('reads and counts go on: ASK while it moves, MOVED after, nothing lost, nothing twice', async () => {
    const { cache, cluster } = at;
    const names = Array.from({ length: 20 }, (_, i) => `{moving}${i}`);
    await cache.setMany(new Map(names.map((name) => [name, 0])), 600);
    const { slot, owner, other } = await placesOf(at, names[0]!);
    const work = load(names[0]!, names[1]!);
    await beginMigration(slot, owner, other);
    // Half of the entries are there, half here.
    const halves = (await owner.command('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[];
    await owner.command('MIGRATE', other.host, other.port, '', 0, 5000, 'AUTH', 'admin', 'KEYS', ...halves);
    for (const name of names) expect(await cache.get(name)).toEqual(expect.any(Number));
    const before = work.counted();
    await until(() => work.counted() > before + 100 || work.errors.length > 0);
    await migrateKeys(slot, owner, other);
    await endMigration(slot, other, cluster.nodes);
    const after = work.counted();
    await until(() => work.counted() > after + 100 || work.errors.length > 0);
    const { counted, read } = await work.stop();
    expect(work.errors).toEqual([]);
    expect(read).toBe(counted);
    expect(await cache.get(names[0]!)).toBe(counted);
    expect(await owner.command('CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe(0);
  });

  it('a call of many keys waits while they are at both places (TRYAGAIN), and is "not executed" when that lasts', async () => {
    const { cache, cluster } = at;
    await cache.setMany({ '{torn}a': 1, '{torn}b': 2 }, 600);
    const { slot, owner, other } = await placesOf(at, '{torn}a');
    await beginMigration(slot, owner, other);
    await owner.command('MIGRATE', other.host, other.port, '', 0, 5000, 'AUTH', 'admin', 'KEYS', cache.makeKey('{torn}a'));
    const error = await rejectionOf(cache.setMany({ '{torn}a': 9, '{torn}b': 9 }, 600));
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
    const waiting = cache.setMany({ '{torn}a': 3, '{torn}b': 4 }, 600);
    await migrateKeys(slot, owner, other);
    await endMigration(slot, other, cluster.nodes);
    await waiting;
    expect(await cache.getMany(['{torn}a', '{torn}b'])).toEqual(
      new Map([
        ['{torn}a', 3],
        ['{torn}b', 4],
      ]),
    );
  });

  it('a slot that nobody has is "not executed" within the deadline, and served as soon as somebody has it', async () => {
    const { cache, cluster } = at;
    await cache.set('orphan', 1, 600);
    const { slot, owner, other } = await placesOf(at, 'orphan');
    await cache.delete('orphan');
    for (const node of [owner, ...cluster.nodes.filter((each) => each !== owner)])
      await node.command('CLUSTER', 'DELSLOTS', slot);
    await until(async () =>
      (await Promise.all(cluster.nodes.map((node) => isAssigned(node, slot)))).every((assigned) => !assigned),
    );
    const startedAtMs = performance.now();
    expect(await rejectionOf(cache.set('orphan', 2, 600))).toMatchObject({ reason: 'no-primary', executed: false });
    expect(performance.now() - startedAtMs).toBeLessThan(4000);
    const waiting = cache.set('orphan', 3, 600);
    await other.command('CLUSTER', 'ADDSLOTS', slot);
    expect(await waiting).toBe(true);
    expect(await cache.get('orphan')).toBe(3);
  });
});
