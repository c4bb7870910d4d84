/** What grows: the memory that entries take, a million keys, a thousand callers at once, a value of 50 MB. */
import { STANDALONE } from './contenders.mjs';
import { OURS, measureRow, median, rounded } from './measure.mjs';
import { VALUES } from './values.mjs';

const MANY = 1_000_000;
const FEW = 1000;
const SHARED = 'shared:';
/** Those whose keys and bytes are the same, so that all read the same million. */
const READ_THE_SAME = ['ours', 'ioredis', '@redis/client', 'valkey-glide'];
const STORE_LIMIT_MS = 120_000;

const CROWD = 1000;
const MAKE_MS = 50;
const CROWD_LIMIT_MS = 60_000;

const LARGE = 50 * 2 ** 20;
const BESIDE_MS = 4000;
const BESIDE_LIMIT_MS = 60_000;
/** A deadline within which 50 MB arrive on any machine; the default of 500 ms would end these calls on a slow one. */
const PATIENT = { options: { deadline: '20s' } };

/** Bytes of Redis for one entry, by the size of its value and by contender. */
export async function measureMemory({ redis, at, contenders, process, terminal }) {
  terminal.heading('memory: bytes of Redis for one entry (MEMORY USAGE)');
  const measured = {};
  for (const name of contenders) {
    const contender = process('STANDALONE', name, at);
    measured[name] = {};
    for (const value of Object.keys(VALUES)) measured[name][value] = await bytesOf(contender, value, redis);
    await contender.stop();
    terminal.cells(name, measured[name]);
  }
  return measured;
}

async function bytesOf(contender, value, redis) {
  const key = 'user:1000007';
  const { failed } = await contender.ask({ task: 'storeOne', key, value });
  if (failed) return { failed };
  const [stored] = await redis.primary.command('KEYS', `*${key}`);
  if (!stored) return { failed: 'stored nothing' };
  const bytes = await redis.primary.command('MEMORY', 'USAGE', stored, 'SAMPLES', '0');
  await redis.primary.command('DEL', stored);
  return { bytes: Number(bytes) };
}

/** Calls a second over a thousand keys and over a million, and what a million keys take. */
export async function measureKeys({ redis, at, contenders, process, pace, terminal }) {
  terminal.heading('keys: the same calls over a thousand keys, and over a million');
  const names = contenders.filter((name) => READ_THE_SAME.includes(name));
  const all = names.map((name) => process('STANDALONE', name, at));
  const writer = process('STANDALONE', OURS, at);
  const shared = { shared: true, prefix: SHARED, value: '80 B' };
  try {
    const before = await usedMemory(redis);
    const stored = await writer.ask({ task: 'storeMany', ...shared, keys: MANY }, STORE_LIMIT_MS);
    if (stored.failed) return { failed: stored.failed };
    terminal.cells('stored by setMany', { [OURS]: stored.result });
    const entryBytes = Math.round(((await usedMemory(redis)) - before) / MANY);
    const rows = [];
    for (const call of ['get', 'set'])
      for (const keys of [FEW, MANY]) {
        const cells = await measureRow(all, { ...shared, call, callers: 100, keys }, pace);
        rows.push({ call, keys, cells });
        terminal.cells(`${call}, ${keys} keys`, cells);
      }
    const heaps = {};
    for (const contender of all) heaps[contender.name] = (await contender.ask({ task: 'heap' })).result;
    terminal.cells('heap after these calls', heaps);
    const cleared = await writer.ask({ task: 'clear' }, STORE_LIMIT_MS);
    terminal.cells('cleared', { [OURS]: cleared.result ?? cleared });
    return { keys: MANY, entryBytes, storeMs: stored.result.ms, clearMs: cleared.result?.ms, rows, heaps };
  } finally {
    await Promise.all([writer, ...all].map((contender) => contender.stop()));
  }
}

async function usedMemory(redis) {
  const info = String(await redis.primary.command('INFO', 'memory'));
  return Number(/^used_memory:(\d+)/m.exec(info)[1]);
}

/** A thousand callers at once: of one key that is there, and of one that has to be made. */
export async function measureWaiters({ at, contenders, process, pace, terminal }) {
  terminal.heading(`waiters: ${CROWD} callers at once, until the last has its answer`);
  const measured = {};
  for (const name of contenders) {
    const contender = process('STANDALONE', name, at);
    measured[name] = {};
    for (const call of ['get', 'getOrSet']) measured[name][call] = await crowdOf(contender, call, pace.rounds);
    await contender.stop();
    terminal.cells(name, measured[name]);
  }
  return { callers: CROWD, makeMs: MAKE_MS, measured };
}

async function crowdOf(contender, call, rounds) {
  const figures = [];
  // The first is a warm-up.
  for (let round = 0; round <= rounds; round += 1) {
    const details = {
      task: 'crowd',
      call,
      key: `${contender.prefixOf('crowd')}${call}:${round}`,
      callers: CROWD,
      makeMs: MAKE_MS,
    };
    const { result, failed } = await contender.ask(details, CROWD_LIMIT_MS);
    if (failed) return { failed };
    if (!result) return undefined;
    if (round > 0) figures.push(result);
  }
  const of = (field) => median(figures.map((each) => each[field]));
  return { ms: rounded(of('ms')), made: of('made'), failedCalls: of('failed') };
}

/** The latency of 80-byte gets while somebody reads or writes 50 MB on the same client. */
export async function measureLarge({ at, contenders, process, terminal }) {
  terminal.heading('large: latency of 80-byte gets, alone and beside a value of 50 MB');
  const measured = {};
  for (const name of contenders.filter((each) => each in STANDALONE)) {
    const contender = process('STANDALONE', name, { ...at, ...PATIENT });
    const entries = { prefix: contender.prefixOf('80 B'), value: '80 B', keys: FEW };
    await contender.prepare('80 B', FEW);
    measured[name] = {};
    for (const call of ['none', 'get', 'set']) {
      const details = { task: 'beside', ...entries, call, large: LARGE, ms: BESIDE_MS };
      const { result, failed } = await contender.ask(details, BESIDE_LIMIT_MS);
      measured[name][call] = failed ? { failed } : result;
    }
    await contender.stop();
    terminal.cells(name, measured[name]);
  }
  return { measured };
}
