/**
 * The near tier: what a hit costs beside bentocache's tier in memory, what a million entries take, and how soon a write by another program is
 * seen. Prints medians, asserts nothing: machines differ. Two minutes on a quiet machine.
 *
 *   npm run bench:near               everything
 *   npm run bench:near -- --quick    fewer rounds and 50 000 entries: a quarter of a minute
 *   npm run bench:near -- --write    everything, and draws the table of docs/near-cache.md
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startLocalRedis } from '../../libs/local-sentinel/dist/index.js';
import { root } from '../../scripts/run.mjs';
import { describeMachine } from '../speed/machine.mjs';

const PAGE = join(root, 'docs', 'near-cache.md');
const [START, END] = ['<!-- near -->', '<!-- /near -->'];
const LIMIT_MS = 10 * 60_000;
const HEAP_MB = 3072;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const pace = options.quick
  ? { rounds: 3, calls: 50_000, entries: 50_000, writes: 100 }
  : { rounds: 9, calls: 200_000, entries: 1_000_000, writes: 1000 };

/** Runs one of the tasks in a process of its own, which nothing else has warmed up or filled. */
async function measure(task, at) {
  const child = fork(join(import.meta.dirname, 'task.mjs'), [task, JSON.stringify({ ...at, ...pace })], {
    execArgv: ['--expose-gc', `--max-old-space-size=${HEAP_MB}`],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const answer = once(child, 'message');
  const [code] = await Promise.race([once(child, 'exit'), answer.then(() => [0])]);
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${task} ended with ${code ?? 'a signal'}.`);
  const [figures] = await answer;
  child.disconnect();
  return figures;
}

const ns = (each) => `${Math.round(each)} ns`;
const ms = (each) => `${each.toFixed(each < 10 ? 2 : 0)} ms`;
const mb = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`;

function rowsOf({ hits, memory, told }) {
  const { ours, bentocache, ratio } = hits;
  return [
    ['a hit, 80 B, one caller', ns(ours)],
    ['the same of bentocache, from its tier in memory', `${ns(bentocache)}: ${ratio.toFixed(1)} times as long`],
    [
      `growth of heap and external memory by ${memory.entries} entries of 80 B`,
      `${mb(memory.growth)}, as \`maxBytes\` counts ${mb(memory.counted)}: ${(memory.growth / memory.counted).toFixed(2)}`,
    ],
    [
      'the same, once each was read',
      `${mb(memory.read.growth)}, counted ${mb(memory.read.counted)}: ${(memory.read.growth / memory.read.counted).toFixed(2)}`,
    ],
    ['until a write by another program is heard', `median ${ms(told.median)}, 99 of 100 within ${ms(told.p99)}`],
  ];
}

function draw({ node, redis, cores, date, loadBefore }, rows) {
  const about = `Node ${node}, ${redis} on loopback, ${cores} cores, load ${loadBefore}, ${date}; medians.`;
  return [about, '', '| | |', '|---|---|', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

function write(table) {
  const page = readFileSync(PAGE, 'utf8');
  if (!page.includes(START) || !page.includes(END)) throw new Error(`${PAGE} lacks the markers ${START} and ${END}.`);
  writeFileSync(PAGE, `${page.slice(0, page.indexOf(START) + START.length)}\n\n${table}\n\n${page.slice(page.indexOf(END))}`);
}

const redis = await startLocalRedis();
try {
  const machine = await describeMachine(redis);
  const at = { url: redis.url(), host: redis.primary.host, port: redis.primary.port };
  const figures = {};
  for (const task of ['hits', 'told', 'memory']) {
    figures[task] = await measure(task, at);
    console.log(task, JSON.stringify(figures[task]));
  }
  const table = draw(machine, rowsOf(figures));
  console.log(`\n${table}\n\nLoad now ${loadavg()[0].toFixed(1)}.`);
  if (options.write && options.quick) throw new Error('--write needs a whole run: leave --quick out.');
  if (options.write) write(table);
} finally {
  await redis.stop();
}
