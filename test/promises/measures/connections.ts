import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import type { LocalNode } from 'local-sentinel';

import { until } from '../../cache/support/waiting.js';
import { WriteLedger } from '../../failover/write-ledger.js';
import { spread } from '../promise-table.js';
import { CLIENT_NAME, healed, openClient, PASSWORD, runsOf, startProvingGround, type Bench } from '../proving-ground.js';
import { NEAR_TIER } from '../../support/near-tier.js';
import { QUICK_AFTER_HANGS } from '../../support/quick-topology.js';

/** Names that sentinels and the harness give their own connections to a sentinel; ours have none there. */
const OTHERS = /^(?:sentinel-|local-sentinel$)/;

/** Ids of the sockets of the client under test, but for the link of its near tier, where the tests have one. */
async function ourIds(node: LocalNode): Promise<string[]> {
  const list = String(await node.command('CLIENT', 'LIST'));
  const isOurs = (name: string): boolean => (node.role === 'sentinel' ? !OTHERS.test(name) : name === CLIENT_NAME);
  return list.split('\n').flatMap((line) => {
    const [, id, name, flags] = /^id=(\d+) .* name=(\S*) .*flags=(\S*) /.exec(line) ?? [];
    const isLink = NEAR_TIER.nearCache !== undefined && /[tB]/.test(flags ?? '');
    return id !== undefined && isOurs(name!) && !isLink ? [id] : [];
  });
}

/** Those that are still there a second later: a silent node is asked on a second one for a moment, to tell a pause from a broken flow. */
async function ourStandingIds(node: LocalNode): Promise<string[]> {
  const before = await ourIds(node);
  if (before.length <= 1) return before;
  await pause(1000);
  const after = new Set(await ourIds(node));
  return before.filter((id) => after.has(id));
}

/** P11: failovers of other deployments, sockets. */
function describeSwaps(bench: Bench): void {
  it('P11: failovers of another master on the same sentinels move nothing', async () => {
    const runs = runsOf(3);
    const masters = [{ name: 'mymaster' }, { name: 'other', replicas: 1 }];
    const at = await startProvingGround(bench, { servers: { masters, sentinelDebug: QUICK_AFTER_HANGS } });
    try {
      const ledger = new WriteLedger(at.cache);
      ledger.start();
      const before = await ourIds(at.topology.primary);
      for (let run = 0; run < runs; run += 1) {
        await at.topology.failover('other');
        await at.topology.settled('other');
      }
      await ledger.stop();
      const after = await ourIds(at.topology.primary);
      const swaps = after.filter((id) => !before.includes(id)).length;
      bench.table.add({
        promise: 'P11',
        about: 'failover of another master: new connections to ours',
        figures: `${swaps}`,
        limit: '0',
        runs,
      });
      expect(after).toEqual(before);
      expect(ledger.rejected()).toEqual([]);
    } finally {
      await at.stop();
    }
  });

  it('P11: one standing socket a node, after failovers too', async () => {
    const runs = runsOf(3);
    const at = await startProvingGround(bench, { servers: { sentinelDebug: QUICK_AFTER_HANGS } });
    try {
      const counts: number[] = [];
      const crowded = new Set<string>();
      for (let run = 0; run < runs; run += 1) {
        await at.topology.primary.kill();
        await at.recording.firstSwitch('mymaster', { after: performance.now() - 1 });
        await healed(at.topology);
        // Replicas are looked for once a second.
        await pause(1500);
        for (const node of at.topology.nodes) {
          const sockets = (await ourStandingIds(node)).length;
          counts.push(sockets);
          if (sockets > 1) crowded.add(`${node.name} (${node.role})`);
        }
      }
      const where = crowded.size > 0 ? ` at ${[...crowded].join(', ')}` : '';
      bench.table.add({
        promise: 'P11',
        about: 'standing sockets to any one node',
        figures: `${Math.max(...counts)}${where}`,
        limit: '1',
        runs,
      });
      expect(Math.max(...counts)).toBe(1);
    } finally {
      await at.stop();
    }
  });
}

/** P11: a port that takes every connection and ends it. */
function describeChurn(bench: Bench): void {
  it('P11: at most five connects a second to a server that ends every connection', async () => {
    const SECONDS = 5;
    let connects = 0;
    const server = createServer((socket) => {
      connects += 1;
      socket.on('error', () => undefined);
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { caches, cache } = openClient({ default: { BACKEND: 'redis', LOCATION: `redis://127.0.0.1:${port}/0` } }, bench);
    const ledger = new WriteLedger(cache);
    ledger.start();
    // The first tries are quick on purpose: most outages are short.
    await pause(1000);
    connects = 0;
    await pause(SECONDS * 1000);
    const each = connects / SECONDS;
    await ledger.stop();
    await caches.close();
    server.close();
    bench.table.add({ promise: 'P11', about: 'connects a second while down', figures: each.toFixed(1), limit: '5', runs: 1 });
    expect(each).toBeLessThanOrEqual(5);
    expect(ledger.unsettled()).toEqual([]);
  });
}

interface Demotion {
  readonly leftMs: number;
  readonly backMs: number;
}

/** REPLICAOF by hand, with a user who may neither INFO nor ROLE. */
async function demotion(bench: Bench): Promise<Demotion> {
  const users = [`app on >${PASSWORD} ~* &* +@all -@dangerous -@admin`];
  const at = await startProvingGround(bench, {
    servers: { users, sentinelDebug: QUICK_AFTER_HANGS },
    options: { CONNECTION_POOL_KWARGS: { username: 'app' } },
  });
  try {
    const ledger = new WriteLedger(at.cache);
    ledger.start();
    await pause(500);
    const { primary } = at.topology;
    const [next] = at.topology.replicas;
    await next!.command('REPLICAOF', 'NO', 'ONE');
    await primary.command('REPLICAOF', next!.host, next!.port);
    const atMs = performance.now();
    const change = await at.recording.firstSwitch('mymaster', { after: atMs });
    await until('writes again', () => ledger.firstAcknowledgedAfter(change.at) !== undefined);
    await ledger.stop();
    const left = at.log.find((line) => line.atMs >= atMs - 50 && /READONLY/.test(line.message));
    return {
      leftMs: Math.max(0, (left?.atMs ?? Infinity) - atMs),
      backMs: ledger.firstAcknowledgedAfter(change.at)!.settledAtMs! - change.at,
    };
  } finally {
    await at.stop();
  }
}

/** P11, P12. */
export function describeConnections(bench: Bench): void {
  describe('P11: connections', () => {
    describeSwaps(bench);
    describeChurn(bench);
  });

  describe('P12: REPLICAOF by hand, ACL without @dangerous and @admin', () => {
    it('P12: the demoted node is left within 100 ms, and the new primary is found by its role alone', async () => {
      const runs = runsOf(3);
      const all: Demotion[] = [];
      for (let run = 0; run < runs; run += 1) all.push(await demotion(bench));
      const left = all.map(({ leftMs }) => leftMs);
      const back = all.map(({ backMs }) => backMs);
      bench.table.add({ promise: 'P12', about: 'demoted by hand: left after, ms', figures: spread(left), limit: '100', runs });
      bench.table.add({
        promise: 'P12',
        about: 'demoted by hand: success after +switch-master, ms',
        figures: spread(back),
        limit: '100',
        runs,
      });
      for (const ms of [...left, ...back]) expect(ms).toBeLessThanOrEqual(100);
    });
  });
}
