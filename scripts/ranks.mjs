/**
 * The rank table: which folder may import what. The only copy: dependency-cruiser checks it (.dependency-cruiser.mjs), and the
 * picture in ARCHITECTURE.md is drawn from it.
 *
 *   node scripts/ranks.mjs --picture   prints the picture
 *   node scripts/ranks.mjs --write     puts it into ARCHITECTURE.md
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root } from './run.mjs';

export const LAW = 'A file imports only from a lower rank or from its own folder, `import type` included.';

/**
 * Folder of libs/sentinel-cache/src -> rank, and what it is for. Equal ranks are strangers.
 *
 * `rooms`: its sub-folders, lowest first. A room imports only from rooms before it; the files beside the rooms import from all of them.
 */
export const RANKS = [
  { rank: 0, folder: 'errors', holds: 'one class per error' },
  { rank: 0, folder: 'copies', holds: 'what two copies of the package in one process share' },
  { rank: 1, folder: 'time', holds: 'lifetimes, deadlines, the clock' },
  { rank: 2, folder: 'telemetry', holds: 'what happened, published' },
  { rank: 2, folder: 'keys', holds: 'stored keys' },
  {
    rank: 2,
    folder: 'codec',
    holds: 'values to bytes and back',
    rooms: [
      'values',
      'budget',
      'ports',
      'compressors',
      'serializers',
      'serializers/json',
      'serializers/msgpack',
      'serializers/pickle/scalars',
      'serializers/pickle/read',
      'serializers/pickle/write',
      'serializers/pickle',
    ],
  },
  { rank: 2, folder: 'headers', holds: 'HTTP headers, parsed and written' },
  {
    rank: 3,
    folder: 'settings',
    holds: "Django's dict to a frozen config",
    rooms: ['shapes', 'read', 'locations', 'other-libraries', 'options', 'topology', 'dialects', 'sessions', 'warnings'],
  },
  {
    rank: 4,
    folder: 'connection',
    holds: 'the only folder that knows ioredis',
    rooms: [
      'resp',
      'contract',
      'wire',
      'coalesce',
      'gate',
      'primary',
      'sentinel/decide',
      'sentinel/observe',
      'sentinel',
      'replicas',
      'subscriber',
      'tracking',
      'deployment',
      'cluster',
      'monitor',
    ],
  },
  { rank: 5, folder: 'backends', holds: 'bytes and lifetimes', rooms: ['port', 'memory', 'redis', 'partitioned'] },
  {
    rank: 6,
    folder: 'cache',
    holds: 'the Django-shaped API',
    rooms: ['tags', 'entry', 'load', 'locks', 'structures', 'observed', 'replay', 'near'],
  },
  {
    rank: 7,
    folder: 'session',
    holds: 'sessions',
    rooms: ['port', 'signing', 'engines', 'engines/repositories', 'state', 'exchange', 'platform', 'auth'],
  },
  {
    rank: 7,
    folder: 'http',
    holds: 'pages: whole responses of routes',
    rooms: ['policy', 'key', 'entry', 'flight', 'watch', 'platform'],
  },
  { rank: 7, folder: 'decorators', holds: '`@Cached`, `@CachePut`, `@CacheEvict` on methods', rooms: ['key'] },
  { rank: 7, folder: 'passwords', holds: "Django's password hashes", rooms: ['hashers'] },
  { rank: 7, folder: 'interop', holds: "other libraries' contracts" },
  { rank: 7, folder: 'metrics', holds: 'counts what telemetry publishes' },
  { rank: 8, folder: 'nest', holds: 'composition root', rooms: ['boot', 'methods'] },
  { rank: 8, folder: 'testing', holds: 'the contract as tests, faults, a fake clock', rooms: ['conformance'] },
];

/** The rooms of libs/local-sentinel/src, lowest first. */
const LOCAL_SENTINEL = ['errors', 'process', 'network', 'config', 'node', 'observe', 'topology'];

/** Every folder that has rooms, and these, lowest first. */
export const LADDERS = [
  ...RANKS.filter(({ rooms }) => rooms).map(({ folder, rooms }) => ({ folder: `libs/sentinel-cache/src/${folder}`, rooms })),
  { folder: 'libs/local-sentinel/src', rooms: LOCAL_SENTINEL },
];

/** The files directly in src/: the only ones that re-export. */
export const DOORS = { rank: 9, name: 'doors' };

/** Edges see the cache's face, not its inside. */
export const EDGE_RANK = 7;
export const FACE = { cache: ['sentinel-cache', 'sentinel-caches', 'cache-bytes'], settings: ['shapes/resolved-settings'] };
const FACE_RANK = 2;

/** Frameworks appear only in files with these suffixes. */
export const FRAMEWORK_SUFFIXES = [
  'interceptor',
  'filter',
  'decorator',
  'guard',
  'module',
  'module-definition',
  'providers',
  'service',
  'tokens',
  'health',
  'middleware',
  'plugin',
  'platform',
];

/** Package -> the only folder that imports it. */
export const OWNED_PACKAGES = { ioredis: 'connection' };

/** The folders a folder may import from, besides itself. */
export function mayImport({ rank }, { rank: other, folder }) {
  if (rank !== EDGE_RANK || other <= FACE_RANK) return other < rank;
  return folder in FACE;
}

/** The most source files in one folder, specs aside. Lists may be longer: a file for each thing of one kind. */
export const MOST_FILES = 16;
export const LISTS = ['libs/sentinel-cache/src/settings/dialects', 'libs/sentinel-cache/src/codec/values'];

/** The rooms that a room may not import from: those after it. */
export function roomsAfter({ rooms }, room) {
  return rooms.slice(rooms.indexOf(room) + 1);
}

/** The rank table as a Markdown table, highest first, and the rooms of each folder. */
export function picture() {
  const ranks = [...new Set(RANKS.map(({ rank }) => rank))].sort((a, b) => b - a);
  const rows = ranks.map((rank) => {
    const folders = RANKS.filter((entry) => entry.rank === rank);
    const cell = folders.map(({ folder, holds }) => `\`${folder}/\` ${holds}`).join(' · ');
    return `| ${rank} | ${cell} | ${seen(rank)} |`;
  });
  return [
    '| rank | folders | may import |',
    '|---|---|---|',
    `| ${DOORS.rank} | the files directly in \`src/\`: the doors | everything below |`,
    ...rows,
    '',
    'Inside a folder the rooms have an order, too: each imports only from those above it in this table.',
    '',
    '| room | what it is |',
    '|---|---|',
    ...LADDERS.flatMap(({ folder, rooms }) =>
      rooms.map((room) => `| \`${shortName(folder)}/${room}/\` | ${firstSentence(`${folder}/${room}`)} |`),
    ),
  ].join('\n');
}

function shortName(folder) {
  return folder.replace('libs/sentinel-cache/src/', '').replace('libs/', '');
}

/** A room's README says first what it is. */
function firstSentence(folder) {
  const path = join(root, folder, 'README.md');
  if (!existsSync(path)) return '';
  const [, text = ''] = readFileSync(path, 'utf8').split(/\n\n/);
  return text
    .replaceAll('\n', ' ')
    .split(/(?<=\.) (?=[A-Z`])/)[0]
    .replace(/\.$/, '');
}

function seen(rank) {
  if (rank === 0) return 'nothing';
  if (rank !== EDGE_RANK) return rank === 1 ? 'rank 0' : `ranks 0-${rank - 1}`;
  const files = Object.entries(FACE).flatMap(([folder, names]) => names.map((name) => `\`${folder}/${name}\``));
  return `ranks 0-${FACE_RANK}, ${files.join(', ')}`;
}

const START = '<!-- ranks -->';
const END = '<!-- /ranks -->';
const PAGE = join(root, 'ARCHITECTURE.md');

/** Undefined when ARCHITECTURE.md shows this table, else what is wrong. */
export function pictureProblem() {
  if (!existsSync(PAGE)) return 'ARCHITECTURE.md is missing: `node scripts/ranks.mjs --write` begins it.';
  const page = readFileSync(PAGE, 'utf8');
  if (!page.includes(START) || !page.includes(END)) return `ARCHITECTURE.md lacks the markers ${START} and ${END}.`;
  if (page === replaced(page)) return undefined;
  return 'ARCHITECTURE.md shows other ranks than scripts/ranks.mjs: `node scripts/ranks.mjs --write` updates it.';
}

function replaced(page) {
  const before = page.slice(0, page.indexOf(START) + START.length);
  return `${before}\n\n${picture()}\n\n${page.slice(page.indexOf(END))}`;
}

function write() {
  const blank = `# Architecture\n\n${LAW}\n\n${START}\n${END}\n`;
  writeFileSync(PAGE, replaced(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : blank));
}

if (isMain(import.meta.url)) {
  if (process.argv.includes('--write')) write();
  else console.log(picture());
}
