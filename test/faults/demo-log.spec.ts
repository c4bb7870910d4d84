import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalNode, LocalSentinel } from 'local-sentinel';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { BuiltDemo, type DemoProcess } from '../demo/built-demo.js';
import { settingsFor, until } from '../demo/running-demo.js';
import { complaintsOf, isBalanced, readDemoLog, type DemoLine } from './support/demo-log.js';
import { healed, startQuickTopology } from './support/quick-topology.js';
import { Visits } from './support/visits.js';

/** Each fault of the row is whole again before the next. */
const LIMIT_MS = 30_000;
/** The lines about sentinels and about answers that are to be deleted depend on who was asking just then. */
const MOST_LINES = 50;

interface Fault {
  readonly name: string;
  readonly inflict: (primary: LocalNode) => Promise<unknown>;
  /** The changes of the connection, and of what Redis refuses: these lines and no other. */
  readonly changes: readonly string[];
  /** Inflicted on both platforms: it ends in what they do with errors. The others are about the connection. */
  readonly onBoth?: true;
}

describe.each<Platform>(['express', 'fastify'])('the log of the demo on %s', (platform) => {
  let topology: LocalSentinel;
  let built: BuiltDemo;
  let demo: DemoProcess;
  let visits: Visits;

  beforeAll(async () => {
    topology = await startQuickTopology({ proxies: true });
    built = new BuiltDemo();
    const file = join(built.folder, 'settings.json');
    writeFileSync(file, JSON.stringify(settingsFor(topology)));
    demo = built.run(['--platform', platform], { DEMO_SETTINGS: file });
    visits = new Visits(await demo.listening);
    await until('all is there', () => visits.isWhole(topology));
  });
  afterAll(async () => {
    await visits.end();
    built.remove();
    await topology.stop();
  });

  const leaves = (primary: LocalNode): Promise<void> =>
    until('another primary is named', async () => ![null, primary.address].includes((await visits.topology()).primary), LIMIT_MS);
  const responses = (pattern: RegExp): number =>
    [...visits.responses].reduce((sum, [response, times]) => sum + (pattern.test(response) ? times : 0), 0);
  const refusing = async (primary: LocalNode, setting: string, value: string): Promise<void> => {
    const before = responses(/^POST .* 503$/);
    await primary.command('CONFIG', 'SET', setting, value);
    await until('calls are refused', () => responses(/^POST .* 503$/) >= before + 10);
    await primary.command('CONFIG', 'SET', setting, '0');
  };

  const faults: readonly Fault[] = [
    {
      name: 'kill -9 of the primary',
      inflict: (primary) => primary.kill().then(() => leaves(primary)),
      changes: ['down', 'moved'],
      onBoth: true,
    },
    {
      name: 'SIGSTOP of the primary',
      inflict: (primary) => primary.hang().then(() => leaves(primary)),
      changes: ['down', 'moved'],
    },
    {
      name: 'a host hung: the primary and a sentinel',
      inflict: (primary) => topology.hangHost([primary, topology.sentinels[0]!]).then(() => leaves(primary)),
      changes: ['down', 'moved'],
    },
    { name: 'SENTINEL FAILOVER', inflict: (primary) => topology.failover().then(() => leaves(primary)), changes: ['moved'] },
    {
      name: 'all sentinels killed',
      inflict: async () => {
        const from = demo.output.length;
        await Promise.all(topology.sentinels.map((node) => node.kill()));
        await until('their loss is told', () =>
          readDemoLog(demo.output.slice(from)).some(({ kind }) => kind === 'sentinel lost'),
        );
      },
      changes: [],
    },
    { name: 'OOM', inflict: (primary) => refusing(primary, 'maxmemory', '1'), changes: ['refused', 'done again'], onBoth: true },
    {
      name: 'NOREPLICAS',
      inflict: (primary) => refusing(primary, 'min-replicas-to-write', '5'),
      changes: ['refused', 'done again'],
      onBoth: true,
    },
    {
      name: 'clients cut off from the primary',
      inflict: async ({ proxy }) => {
        proxy.mode('blackhole', { only: 'clients' });
        await until('it is noticed', async () => (await visits.topology()).primary === null);
        proxy.mode('pass');
      },
      changes: ['down', 'up'],
    },
    {
      name: 'the primary cut off from everybody',
      inflict: async (primary) => {
        topology.partition(primary);
        await leaves(primary);
        topology.heal();
      },
      changes: ['down', 'moved'],
    },
  ];

  it('has a line for each change of state and no other, through faults in a row with people on it all the time', async () => {
    const listening = demo.output.length;
    const logged = (from = listening): DemoLine[] => readDemoLog(demo.output.slice(from));
    const row = faults.filter(({ onBoth }) => onBoth || platform === 'express');
    const table: { fault: string; lines: DemoLine[] }[] = [];
    for (const { name, inflict } of row) {
      const from = demo.output.length;
      await inflict(topology.primary);
      await healed(topology);
      await until(`all is whole after ${name}`, async () => isBalanced(logged()) && visits.isWhole(topology), LIMIT_MS);
      table.push({ fault: name, lines: logged(from) });
    }
    await visits.end();
    process.stdout.write(
      `${table.map(({ fault, lines }) => `${fault}: ${lines.map(({ kind }) => kind ?? '?').join(', ')}`).join('\n')}\n`,
    );
    expect(complaintsOf(logged())).toEqual([]);
    const aboutSome = new Set(['sentinel lost', 'sentinel back', 'owed']);
    const changes = table.map(({ fault, lines }) => ({
      name: fault,
      changes: lines.map(({ kind }) => kind).filter((kind) => !aboutSome.has(kind!)),
    }));
    expect(changes).toEqual(row.map(({ name, changes: expected }) => ({ name, changes: expected })));
    expect(logged().length).toBeLessThanOrEqual(MOST_LINES);
    // Somebody was there at every moment, and was told what is the case: an outage is no mistake of the program.
    expect([...visits.responses.keys()].filter((response) => !/ (200|201|503)$/.test(response))).toEqual([]);
    expect(visits.answered).toBeGreaterThan(row.length * 50);
  }, 150_000);
});
