/** What a contender is asked to do. Each export is a task: it takes the client and the task's details, and resolves to its figures. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VALUES } from './values.mjs';

const KEYS_OF_MGET = 100;
const AT_A_TIME = 100;
const ENTRIES_OF_SET_MANY = 1000;
/** Coprime to every number of keys here: strides through all of them, far apart. */
const STRIDE = 7919;
const LARGE_KEY = 'large';
/** Who reads from replicas finds there what has arrived. */
const REPLICATED_WITHIN_MS = 5000;

/** Stores what the loops read, and proves that it is found. */
export async function prepare(client, { prefix, value, keys }) {
  for (let first = 0; first < keys; first += AT_A_TIME)
    await Promise.all(numbers(AT_A_TIME, first).map((i) => client.set(`${prefix}${i}`, VALUES[value])));
  const stored = JSON.stringify(VALUES[value]);
  const untilMs = performance.now() + REPLICATED_WITHIN_MS;
  while (JSON.stringify(await client.get(`${prefix}${keys - 1}`)) !== stored) {
    if (performance.now() > untilMs) throw new Error('does not find what it stored');
    await sleep(20);
  }
}

/** Closed loop: each caller calls again as soon as it is answered. */
export async function loop(client, { call, callers, ms, ...entries }) {
  const act = deed(client, call, entries);
  if (!act) return undefined;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const { calls, failed } = await closedLoop(act, callers, ms);
  const { user, system } = process.cpuUsage(startedCpu);
  if (calls === 0) throw new Error(`all of ${failed} calls failed`);
  return { perSecond: (calls / (performance.now() - startedMs)) * 1000, cpuUs: (user + system) / calls, failed, calls };
}

/** One entry of its own kind, for Redis to say what it takes. */
export async function storeOne(client, { key, value }) {
  await client.set(key, VALUES[value]);
}

/** The entries that `loop` reads when it is told that they are `shared`. */
export async function storeMany(client, { prefix, value, keys }) {
  const startedMs = performance.now();
  for (let first = 0; first < keys; first += ENTRIES_OF_SET_MANY)
    await client.setMany(Object.fromEntries(numbers(ENTRIES_OF_SET_MANY, first).map((i) => [`${prefix}${i}`, VALUES[value]])));
  return { ms: performance.now() - startedMs };
}

export async function clear(client) {
  const startedMs = performance.now();
  await client.clear();
  return { ms: performance.now() - startedMs };
}

/** Bytes in use on the heap once the garbage is gone. */
export async function heap() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return { bytes: process.memoryUsage().heapUsed };
}

/** All callers at once, for one key; where nothing is stored, with a function that takes `makeMs` to make it. */
export async function crowd(client, { call, key, callers, makeMs }) {
  if (!client[call]) return undefined;
  let made = 0;
  const make = async () => {
    made += 1;
    await sleep(makeMs);
    return VALUES['80 B'];
  };
  if (call === 'get') await client.set(key, VALUES['80 B']);
  const startedMs = performance.now();
  const answers = await Promise.allSettled(Array.from({ length: callers }, () => client[call](key, make)));
  const failed = answers.filter(({ status, value }) => status === 'rejected' || value === undefined).length;
  return { ms: performance.now() - startedMs, made, failed };
}

/**
 * The latency of small gets, one each millisecond, while another caller reads or writes a large value once a second; `none`: while nobody does.
 * Counted from the millisecond at which a get was due, so that a stall counts for all that it delays.
 */
export async function beside(client, { large, call, ms, ...entries }) {
  const small = deed(client, 'get', entries);
  const text = 'x'.repeat(large);
  if (call === 'get') await client.set(LARGE_KEY, text);
  const largeCalls = { get: () => client.get(LARGE_KEY), set: () => client.set(LARGE_KEY, text) };
  const [latencies, carried] = await Promise.all([everyMillisecond(small, ms), onceASecond(largeCalls[call], ms)]);
  const sorted = latencies.filter((each) => each !== undefined).toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { p50: at(0.5), p99: at(0.99), max: at(1), failed: latencies.length - sorted.length, ...carried };
}

async function everyMillisecond(act, ms) {
  const answers = [];
  const startedMs = performance.now();
  while (answers.length < ms) {
    for (; answers.length < Math.min(ms, performance.now() - startedMs);) {
      const dueMs = startedMs + answers.length;
      answers.push(
        act().then(
          (value) => (value === undefined ? undefined : performance.now() - dueMs),
          () => undefined,
        ),
      );
    }
    await sleep(1);
  }
  return Promise.all(answers);
}

async function onceASecond(act, ms) {
  const took = [];
  let largeFailed = 0;
  const untilMs = performance.now() + ms;
  while (act && performance.now() < untilMs) {
    const startedMs = performance.now();
    await act().then(
      (value) => (value === undefined ? (largeFailed += 1) : took.push(performance.now() - startedMs)),
      () => (largeFailed += 1),
    );
    await sleep(Math.max(0, Math.min(startedMs + 1000, untilMs) - performance.now()));
  }
  return { largeMs: took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)], largeFailed };
}

function numbers(count, first = 0) {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** What one caller does again and again; it makes its key each time, as callers do. Undefined where the client has no such call. */
function deed(client, call, { prefix, value, keys, shared }) {
  if (!client[call]) return undefined;
  // Entries that ours stored are found by clients that know nothing of versions under the whole stored key.
  const start = shared && client.raw ? `:1:${prefix}` : prefix;
  let at = 0;
  const next = (count) => (at = (at + STRIDE) % count);
  if (call === 'get') return () => client.get(start + next(keys));
  if (call === 'set') return () => client.set(start + next(keys), VALUES[value]);
  const lists = keys / KEYS_OF_MGET;
  return () => client.mget(numbers(KEYS_OF_MGET, next(lists) * KEYS_OF_MGET).map((i) => start + i));
}

async function closedLoop(act, callers, ms) {
  let calls = 0;
  let failed = 0;
  const untilMs = performance.now() + ms;
  const caller = async () => {
    while (performance.now() < untilMs) {
      try {
        if ((await act()) === undefined) failed += 1;
        else calls += 1;
      } catch {
        failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { calls, failed };
}
