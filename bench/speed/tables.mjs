/** The parts of docs/performance.md that are drawn of the results, by the name of their marker. Each takes the results and gives back Markdown. */
import { duration, megabytes, percent, spaced, times } from './figures.mjs';
import { OURS } from './measure.mjs';
import { titleOf } from './rows.mjs';
import { VALUES } from './values.mjs';

/** A smaller difference is noise. */
const BEHIND = 1 / 0.95;
const HEADLINES = [
  { call: 'get', value: '80 B', callers: 100 },
  { call: 'get', value: '80 B', callers: 1 },
  { call: 'set', value: '80 B', callers: 100 },
  { call: 'get', value: '10 KB', callers: 100 },
  { call: 'mget', value: '80 B', callers: 10 },
];
const COMPARED = ['cache-manager', '@redis/client', '@redis untimed', 'ioredis'];
const KIND = { none: 'alone', get: 'beside reads of 50 MB', set: 'beside writes of 50 MB' };

export const PARTS = { machine, summary, standalone, processor, sentinel, memory, keys, waiters, large, behind };

function machine({ machine: it, rounds, ms }) {
  const packages = Object.entries(it.packages).map(([name, version]) => `${name} ${version}`);
  // Setting the bench up loads the machine, too, and leaves its mark on the load before.
  const busy = Math.min(it.loadBefore, it.loadAfter) < it.cores ? '' : ': a busy machine, so take these figures as a placeholder';
  return [
    `Measured on ${it.date}: ${it.cpu}, ${it.cores} cores shared by client and servers, ${it.memoryGb} GB, ${it.system}, Node ${it.node}, ${it.redis}.`,
    `Medians of ${rounds} rounds of ${ms} ms; load ${it.loadBefore} before, ${it.loadAfter} after${busy}.`,
    `${packages.join(', ')}.`,
  ].join('\n');
}

function summary({ speed }) {
  const lines = HEADLINES.flatMap((wanted) => (speed.standalone?.rows ?? []).filter((row) => titleOf(row) === titleOf(wanted)))
    .filter((row) => row.cells[OURS]?.perSecond)
    .map((row) => {
      const peers = COMPARED.filter((name) => row.cells[name]?.ratio).map(
        (name) => `${times(row.cells[name].ratio)} times ${name}`,
      );
      return `- ${titleOf(row)}: ${spaced(row.cells[OURS].perSecond)} a second; ${peers.join(', ')}.`;
    });
  return lines.join('\n');
}

function standalone({ speed }) {
  return ['get', 'set', 'mget'].map((call) => speedTable(speed.standalone, (row) => row.call === call)).join('\n\n');
}

function sentinel({ speed }) {
  return speedTable(speed.sentinel, () => true);
}

function processor({ speed }) {
  const { contenders = [], rows = [] } = speed.standalone ?? {};
  const body = rows.map((row) => [
    titleOf(row),
    ...contenders.map((name) => figureOf(row.cells[name], ({ cpuUs }) => spaced(cpuUs))),
  ]);
  return table(['microseconds a call', ...contenders], body);
}

function speedTable({ contenders = [], rows = [] } = {}, wanted) {
  const own = rows.filter(wanted);
  const body = own.map((row) => [titleOf(row), ...contenders.map((name) => figureOf(row.cells[name], rate))]);
  const failures = own.flatMap((row) =>
    Object.entries(row.cells)
      .filter(([, cell]) => cell?.failed)
      .map(([name, cell]) => `- ${titleOf(row)}, ${name}: failed, ${cell.failed}`),
  );
  return [table(['calls a second', ...contenders], body), ...(failures.length > 0 ? ['', ...failures] : [])].join('\n');
}

function rate({ perSecond, ratio, failedPart }) {
  return `${spaced(perSecond)}${ratio ? ` (${times(ratio)})` : ''}${failedPart ? `, ${percent(failedPart)} failed` : ''}`;
}

function memory({ memory: measured = {} }) {
  const sizes = Object.keys(VALUES);
  const body = Object.entries(measured).map(([name, cells]) => [
    name,
    ...sizes.map((size) => figureOf(cells[size], ({ bytes }) => spaced(bytes))),
  ]);
  return table(['bytes of Redis', ...sizes], body);
}

function keys({ keys: measured }) {
  if (!measured || measured.failed) return missing(measured);
  const names = Object.keys(measured.rows[0].cells);
  const body = measured.rows.map(({ call, keys: count, cells }) => [
    `${call} of one of ${spaced(count)} keys`,
    ...names.map((name) => figureOf(cells[name], rate)),
  ]);
  const heaps = names.map((name) => (measured.heaps[name] ? megabytes(measured.heaps[name].bytes) : missing()));
  const cleared = measured.clearMs ? `, \`clear()\` takes them away in ${duration(measured.clearMs)}` : '';
  return [
    table(['80 B, 100 callers', ...names], [...body, ['heap of the process after these calls', ...heaps]]),
    '',
    `\`setMany\` of 1000 at a time stores the million in ${duration(measured.storeMs)}${cleared}. An entry takes ${measured.entryBytes} bytes of Redis, its`,
    'part of the tables of keys and of lifetimes included.',
  ].join('\n');
}

function waiters({ waiters: measured }) {
  if (!measured) return missing();
  const { callers, makeMs, measured: cells } = measured;
  const body = Object.entries(cells).map(([name, { get, getOrSet }]) => [
    name,
    figureOf(get, ({ ms }) => duration(ms)),
    figureOf(getOrSet, ({ ms }) => duration(ms)),
    figureOf(getOrSet, ({ made }) => made),
  ]);
  const heads = [
    `${spaced(callers)} callers`,
    '`get` of one key',
    `\`getOrSet\` of a key that takes ${makeMs} ms to make`,
    'times it was made',
  ];
  return table(heads, body);
}

function large({ large: measured }) {
  if (!measured) return missing();
  const body = Object.entries(measured.measured).flatMap(([name, cells]) => [
    [
      name,
      ...Object.keys(KIND).flatMap((kind) => [
        figureOf(cells[kind], latencies),
        ...(kind === 'none'
          ? []
          : [figureOf(cells[kind], ({ largeMs }) => (largeMs === undefined ? missing() : duration(largeMs)))]),
      ]),
    ],
  ]);
  return table(['80-byte `get`: half, 99 %, worst', KIND.none, KIND.get, 'one such read', KIND.set, 'one such write'], body);
}

function latencies({ p50, p99, max, failed }) {
  return `${[p50, p99, max].map(duration).join(', ')}${failed ? `; ${failed} failed` : ''}`;
}

function behind({ speed }) {
  const found = Object.entries(speed).flatMap(([section, { rows }]) =>
    rows.flatMap((row) =>
      Object.entries(row.cells)
        .filter(([name, cell]) => cell?.ratio && cell.ratio * BEHIND < 1 && !name.startsWith(OURS))
        .map(([name, { ratio }]) => ({
          what: `${titleOf(row)}${section === 'sentinel' ? ', with Sentinel' : ''}`,
          text: `${times(ratio)} of ${name}`,
        })),
    ),
  );
  if (found.length === 0) return 'In this run, nowhere.';
  const rows = [...new Set(found.map(({ what }) => what))];
  const ratios = (row) => found.filter(({ what }) => what === row).map(({ text }) => text);
  return rows.map((row) => `- ${row}: ${ratios(row).join(', ')}.`).join('\n');
}

function figureOf(cell, text) {
  if (!cell) return missing();
  return cell.failed && typeof cell.failed === 'string' ? 'failed' : text(cell);
}

function missing(measured) {
  return measured?.failed ? `Not measured: ${measured.failed}.` : '–';
}

function table(heads, rows) {
  const [first, ...others] = heads;
  return [[first, ...others], ['---', ...others.map(() => '---:')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
