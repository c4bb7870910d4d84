/**
 * Calls a second, side by side: each contender in a process of its own on one Redis, closed loop, taken in turn within each row, so that a
 * loaded machine slows all. Prints medians of the rounds, ratios, and processor time a call. Asserts nothing: machines differ.
 *
 *   ROUNDS=5 MS=400 ONLY='ours,ioredis' ROWS='get 80 B' npm run bench:speed
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { startLocalRedis, startLocalSentinel } from '../../libs/local-sentinel/dist/index.js';
import { CONTENDERS } from './contenders.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const MS = Number(process.env.MS ?? 400);
const ONLY = process.env.ONLY?.split(',') ?? Object.keys(CONTENDERS);
const PEERS = ['cache-manager', '@redis/client', 'ioredis'];

const ROWS = [
  ...['get', 'set'].flatMap((call) => [1, 10, 100, 1000].map((callers) => ({ call, value: '80 B', callers }))),
  ...['get', 'set'].map((call) => ({ call, value: '10 KB', callers: 100 })),
  ...['get', 'set'].map((call) => ({ call, value: '100 KB', callers: 10 })),
  { call: 'getMany of 100', value: '80 B', callers: 10 },
];
const titleOf = ({ call, value, callers }) => `${call} ${value}, ${callers} caller${callers === 1 ? '' : 's'}`;

async function start(name, at) {
  const child = fork(fileURLToPath(new URL('contender.mjs', import.meta.url)), [name, JSON.stringify(at)], {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: process.env.CPU_PROF === name ? ['--cpu-prof', `--cpu-prof-dir=${process.env.CPU_PROF_DIR ?? '.'}`] : [],
  });
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name}: exit ${code}`)));
  exited.catch(() => undefined);
  const next = async () => (await Promise.race([once(child, 'message'), exited]))[0];
  await next();
  return {
    name,
    measure: (row, ms) => {
      child.send({ ...row, ms });
      return next();
    },
    stop: async () => {
      child.disconnect();
      await exited.catch(() => undefined);
    },
  };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function measure(contenders, row) {
  const figures = new Map(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await contender.measure(row, MS / 2);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const contender of contenders) figures.get(contender.name).push(await contender.measure(row, MS));
  const of = (name, field) => median(figures.get(name).map((each) => each[field]));
  /** Of each round by itself: what slowed one round slowed both. */
  const ratio = (name, peer) => median(figures.get(name).map((each, i) => each.perSecond / figures.get(peer)[i].perSecond));
  return { row, of, ratio };
}

function print({ row, of, ratio }, names) {
  console.log(`\n${titleOf(row)}`);
  const peers = PEERS.filter((peer) => names.includes(peer));
  const lines = names.map((name) => {
    const ratios = name.startsWith('ours') ? peers.map((peer) => [`/ ${peer}`, ratio(name, peer).toFixed(2)]) : [];
    return [
      name,
      { 'a second': Math.round(of(name, 'perSecond')), 'CPU us': of(name, 'cpuUs').toFixed(1), ...Object.fromEntries(ratios) },
    ];
  });
  console.table(Object.fromEntries(lines));
}

const rows = ROWS.filter((row) => titleOf(row).includes(process.env.ROWS ?? ''));
const names = ONLY.filter((name) => name in CONTENDERS);
const needsSentinel = names.includes('ours sentinel');
const [redis, topology] = await Promise.all([startLocalRedis(), needsSentinel ? startLocalSentinel() : undefined]);
const contenders = [];
try {
  const sentinel = topology && { LOCATION: topology.location(), ...(topology.password ? { PASSWORD: topology.password } : {}) };
  for (const name of names) contenders.push(await start(name, { url: redis.url(), sentinel }));
  for (const row of rows) print(await measure(contenders, row), names);
} finally {
  await Promise.all(contenders.map((contender) => contender.stop()));
  await Promise.all([redis.stop(), topology?.stop()]);
}
