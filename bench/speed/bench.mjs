/**
 * Peers side by side: each contender in a process of its own, on one Redis or one Sentinel topology, taken in turn within each row. Prints the
 * table as it goes. Asserts nothing: machines differ.
 *
 *   npm run bench:speed                          everything, medians of five; a quarter of an hour, never more than 20 minutes
 *   npm run bench:speed -- --quick               a look: one round of some rows, a minute
 *   npm run bench:speed -- --only get,c=100      what these words name; `--only help` lists them
 *   npm run bench:speed -- --write               everything, and draws docs/performance.md and its pictures
 *   npm run bench:speed -- --rounds 3 --ms 200   fewer and shorter rounds than five of 300 ms
 *   npm run bench:speed -- --profile ours        writes a CPU profile of one contender into the working directory
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { startLocalRedis, startLocalSentinel } from '../../libs/local-sentinel/dist/index.js';
import { ContenderProcess } from './contender-process.mjs';
import { measureKeys, measureLarge, measureMemory, measureWaiters } from './growth.mjs';
import { describeMachine } from './machine.mjs';
import { measureRow } from './measure.mjs';
import { RESULTS, writePage } from './page.mjs';
import { OTHER, SPEED, filterOf, isQuick } from './rows.mjs';
import { Terminal } from './terminal.mjs';
import { KEYS } from './values.mjs';

/** No row begins later than the first, and nothing goes on after the second, so that a run ends within 20 minutes on any machine. */
const LAST_START_MS = 16 * 60_000;
const LAST_END_MS = 18.5 * 60_000;
const FULL = { rounds: 5, ms: 300 };
const QUICK = { rounds: 1, ms: 120 };
const PASSWORD = 'admin';
const WHOLE_RUN = '--write needs a whole run: leave --quick and --only out.';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
    rounds: { type: 'string' },
    ms: { type: 'string' },
  },
});

const startedAt = Date.now();
const isLate = () => Date.now() - startedAt > LAST_START_MS;
const usual = options.quick ? QUICK : FULL;
const pace = { rounds: Number(options.rounds ?? usual.rounds), ms: Number(options.ms ?? usual.ms) };

const OTHERS = { memory: measureMemory, keys: measureKeys, waiters: measureWaiters, large: measureLarge };

async function main() {
  const filter = filterOf(options.only);
  if (!(pace.rounds >= 1 && pace.ms >= 1))
    throw new Error(`--rounds and --ms: expected numbers from 1 on. Leave them out for ${FULL.rounds} and ${FULL.ms}.`);
  if (options.write && (options.quick || options.only)) throw new Error(WHOLE_RUN);
  const plan = planOf(filter);
  const terminal = new Terminal(plan, pace);
  terminal.begin();
  const servers = await startServers(plan, terminal);
  try {
    const machine = await describeMachine(servers.redis);
    terminal.machine(machine);
    const results = { machine, rounds: pace.rounds, ms: pace.ms, speed: {} };
    for (const section of plan.speed) results.speed[section.id] = await measureSection(section, servers.at, terminal);
    for (const id of plan.others) {
      const context = { ...servers, pace, terminal, contenders: plan.contenders, process: contenderOf };
      if (isLate()) terminal.skipped(id, 'since time is up');
      else results[id] = await OTHERS[id](context).catch((error) => terminal.skipped(id, error.message));
    }
    results.machine.loadAfter = Number(loadavg()[0].toFixed(1));
    if (options.write) {
      writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 1)}\n`);
      writePage(results);
      terminal.wrote();
    }
  } finally {
    await servers.stop();
  }
}

function planOf(filter) {
  const speed = SPEED.filter(({ id }) => filter.section(id))
    .map((section) => ({
      ...section,
      contenders: section.contenders.filter(filter.contender),
      rows: section.rows.filter((row) => filter.row(row) && (!options.quick || options.only || isQuick(row))),
    }))
    .filter(({ contenders, rows }) => contenders.length > 0 && rows.length > 0);
  const others = OTHER.filter((id) => filter.section(id) && (!options.quick || options.only || id === 'memory'));
  return { speed, others, contenders: SPEED[0].contenders.filter(filter.contender) };
}

/** A topology that does not start leaves its section with cells that say so. */
async function startServers(plan, terminal) {
  const redis = await startLocalRedis({ aof: false });
  const needsSentinel = plan.speed.some(({ id }) => id === 'sentinel');
  const starting = needsSentinel ? startLocalSentinel({ aof: false, replicas: 2, sentinels: 3, password: PASSWORD }) : undefined;
  const [{ value: topology, reason }] = await Promise.allSettled([starting]);
  if (reason) terminal.heading(`No Sentinel: ${reason.message}`);
  const stop = () => Promise.all([redis.stop(), topology?.stop()]);
  const sentinel = topology && {
    location: topology.location(),
    name: 'mymaster',
    password: PASSWORD,
    nodes: topology.sentinels.map(({ host, port }) => ({ host, port })),
  };
  return { redis, topology, at: { url: redis.url(), host: redis.primary.host, port: redis.primary.port, sentinel }, stop };
}

function contenderOf(set, name, at) {
  const profileFolder = options.profile === name ? (process.env.INIT_CWD ?? process.cwd()) : undefined;
  return new ContenderProcess({ set, name, at, profileFolder, endsAt: startedAt + LAST_END_MS });
}

/** The rows of a section, those that time did not allow for aside. */
async function measureSection({ id, set, contenders: names, rows }, at, terminal) {
  const contenders = names.map((name) => contenderOf(set, name, at));
  const measured = [];
  try {
    terminal.section(id, names);
    for (const row of rows) {
      if (isLate()) {
        terminal.skipped(`${rows.length - measured.length} rows of ${id}`, 'since time is up');
        break;
      }
      const cells = await measureRow(contenders, { ...row, keys: KEYS[row.value] }, pace);
      measured.push({ ...row, cells });
      terminal.row(row, cells);
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
  }
  return { contenders: names, rows: measured };
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
