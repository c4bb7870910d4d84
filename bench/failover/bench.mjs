/**
 * The same faults for ioredis, node-redis and ours, side by side: all contenders run at the same time against the same servers, each
 * in a process of its own. Afterwards the surviving primary is asked what it holds of what each was told.
 *
 *   npm run bench:failover                        three runs of each fault, some ten minutes
 *   npm run bench:failover -- --runs 1 --fault 'kill -9' --fault SIGSTOP
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startLocalSentinel } from 'local-sentinel';
import { CONTENDERS } from './contenders.mjs';
import { FAULTS, heal } from './faults.mjs';

const CONTENDER = fileURLToPath(new URL('contender.mjs', import.meta.url));
const PASSWORD = 'admin';
const WARM_UP_MS = 1000;
/** From the fault to the end of the load: after 11 s Sentinel itself cuts whoever still talks to a demoted primary. */
const OBSERVED_MS = 14_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    fault: { type: 'string', multiple: true },
    client: { type: 'string', multiple: true },
  },
});
const faults = values.fault ?? Object.keys(FAULTS);
const clients = values.client ?? Object.keys(CONTENDERS);
for (const name of faults)
  if (!FAULTS[name]) throw new Error(`--fault: expected one of ${Object.keys(FAULTS).join(', ')}; got ${name}.`);
for (const name of clients)
  if (!CONTENDERS[name]) throw new Error(`--client: expected one of ${Object.keys(CONTENDERS).join(', ')}; got ${name}.`);

/** A running contender. */
async function start(name, topology) {
  const sentinels = topology.sentinels.map(({ host, port }) => ({ host, port }));
  const key = `bench:${name}`;
  const at = { sentinels, location: topology.location(), name: 'mymaster', password: PASSWORD, key };
  const child = fork(CONTENDER, [name, JSON.stringify(at)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const exited = once(child, 'exit');
  const died = exited.then(() => Promise.reject(new Error(`${name}: ended before it was told to`)));
  await Promise.race([once(child, 'message'), died]);
  died.catch(() => undefined);
  return {
    name,
    key,
    stop: async () => {
      const told = once(child, 'message');
      child.send('stop');
      const [ledger] = await Promise.race([told, died]);
      await exited;
      return ledger;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function judge({ entries, accidents }, list, fromMs) {
  const held = new Set(list);
  const present = ({ number }) => held.has(number);
  const durable = entries.filter((entry) => entry.acknowledged && entry.settledAtMs >= fromMs && present(entry));
  const longest = entries
    .filter(({ settledAtMs }) => settledAtMs)
    .map(({ startedAtMs, settledAtMs }) => settledAtMs - startedAtMs);
  return {
    firstMs: durable.length > 0 ? Math.min(...durable.map(({ settledAtMs }) => settledAtMs)) - fromMs : Infinity,
    failed: entries.filter(({ rejected }) => rejected).length,
    unsettled: entries.filter(({ settledAtMs }) => !settledAtMs).length,
    longestMs: Math.max(...longest),
    lost: entries.filter((entry) => entry.acknowledged && !present(entry)).length,
    duplicates: list.length - held.size,
    ghosts: entries.filter((entry) => entry.rejected && !entry.unknown && present(entry)).length,
    accidents,
  };
}

/** One fault, all contenders: name -> figures. */
async function run(fault) {
  const topology = await startLocalSentinel({
    replicas: 2,
    sentinels: 3,
    password: PASSWORD,
    downAfterMs: 1000,
    ...fault.servers,
  });
  const recording = await topology.recordEvents();
  const ground = { topology, recording };
  const running = [];
  try {
    for (const name of clients) running.push(await start(name, topology));
    await pause(WARM_UP_MS);
    // Starting the contenders may have kept the servers from each other.
    await topology.settled();
    const faultAtMs = Date.now();
    const fromMs = await fault.inflict({ ...ground, faultAt: performance.now() });
    await fault.afterwards?.(ground);
    await pause(Math.max(0, faultAtMs + OBSERVED_MS - Date.now()));
    const ledgers = await Promise.all(running.map((contender) => contender.stop()));
    await heal(ground, fault);
    const figures = running.map(async ({ name, key }, at) => {
      const list = (await topology.primary.command('LRANGE', key, 0, -1)).map(Number);
      return [name, judge(ledgers[at], list, fromMs)];
    });
    return new Map(await Promise.all(figures));
  } finally {
    for (const contender of running) contender.kill();
    recording.stop();
    await topology.stop();
  }
}

const number = (value) => (value === Infinity ? 'never' : String(Math.round(value)));
const COLUMNS = [
  ['first success, ms', 'firstMs'],
  ['failed', 'failed'],
  ['never settled', 'unsettled'],
  ['longest call, ms', 'longestMs'],
  ['lost', 'lost'],
  ['duplicates', 'duplicates'],
  ['ghosts', 'ghosts'],
  ['unhandled', 'accidents'],
];

function table(all) {
  const rows = clients.map((name) => [
    name,
    ...COLUMNS.map(([, field]) => all.map((figures) => number(figures.get(name)[field])).join('/')),
  ]);
  const cells = [['client', ...COLUMNS.map(([title]) => title)], ...rows];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  return [lines[0], `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.slice(1)].join('\n');
}

console.log(
  'First success: the first write that was acknowledged and is still there at the end, after the first +switch-master ' +
    '(without sentinels: after the primary is back). Lost: acknowledged, and not there. Ghost: rejected, and there; of ours those told ' +
    `"executed: false". 50 RPUSH a second each, ${values.runs} runs.`,
);
for (const name of faults) {
  const all = [];
  for (let at = 0; at < Number(values.runs); at += 1) all.push(await run(FAULTS[name]));
  console.log(`\n### ${name}\n\n${table(all)}`);
}
