/**
 * The tables of docs/django-settings.md: each setting of a Django team, and what the built library does with it. Nothing here knows a
 * fate: each row of known-settings.mjs is given to the library's own border, which accepts it, warns or refuses. A name that the border
 * reads and no row has, or a row that the border never asks for, is a problem.
 *
 *   node scripts/settings-table.mjs           says what is wrong with the page, if anything (needs `npm run build`)
 *   node scripts/settings-table.mjs --write   puts the tables into it
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ARGUMENTS, CORE_OPTIONS } from './known-arguments.mjs';
import { CACHE_KEYS, CLASSES, OPTIONS, SETTINGS, WAYS } from './known-settings.mjs';
import { isMain, main, root } from './run.mjs';

const PAGE = join(root, 'docs', 'django-settings.md');
const SETTINGS_CODE = join(root, 'libs', 'sentinel-cache', 'dist', 'settings');
const ALIAS = 'CACHES.default';
const CORE = 'Django core';
const PEM = {
  certificate: '-----BEGIN CERTIFICATE-----\n',
  key: '-----BEGIN PRIVATE KEY-----\n',
  both: '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n',
};

/** Each table: its marker in the page, its rows, where a row's setting stands, and the way of writing a cache it is tried in. */
const TABLES = [
  { id: 'settings', rows: SETTINGS, path: '' },
  { id: 'cache', rows: CACHE_KEYS, path: ALIAS },
  { id: 'options', rows: OPTIONS, path: `${ALIAS}.OPTIONS` },
  { id: 'arguments', rows: ARGUMENTS, path: `${ALIAS}.OPTIONS.CONNECTION_POOL_KWARGS` },
  { id: 'core', rows: CORE_OPTIONS, path: `${ALIAS}.OPTIONS`, way: CORE },
  { id: 'classes', rows: CLASSES, showsValue: true },
];

/** What the border does with one row: `[fate, note]`. */
function fateOf(resolveSettings, table, row) {
  const { settings, path } = settingsWith(table, row);
  let warnings;
  try {
    ({ warnings } = resolveSettings(settings));
  } catch (error) {
    const problem = error.problems?.find((one) => one.path === path);
    if (!problem) throw new Error(`known-settings.mjs: the row ${row.name} can't be tried: ${error.message}`);
    if (row.means) throw new Error(`known-settings.mjs: ${row.name} "means" something, and the border refuses it.`);
    return ['refused', problem.remedy];
  }
  const told = warnings.find((sentence) => sentence.startsWith(`${path} `));
  const idle = told?.split('has no effect: ')[1];
  if (idle !== undefined) return ['no effect', idle];
  if (told) return ['with a warning', told];
  return row.means ? ['translated', row.means] : ['honoured', row.note ?? ''];
}

/** The settings that hold a row's setting, and the path under which the border would speak of it. */
function settingsWith(table, row) {
  const value = valueOf(row);
  const cache = structuredClone(WAYS[row.way ?? table.way ?? 'django-sentinel']);
  const path = row.place ? `${ALIAS}.${row.place}` : (table.path ?? (row.name === 'BACKEND' ? ALIAS : `${ALIAS}.OPTIONS`));
  const besideFiles = Object.fromEntries(Object.entries(row.besideFiles ?? {}).map(([name, kind]) => [name, fileOf(kind)]));
  if (path === '') return { settings: { CACHES: { default: cache }, ...row.beside, [row.name]: value }, path: row.name };
  if (row.place) cache.LOCATION += `?${row.name}=${value}`;
  else Object.assign(dictAt(cache, path), row.beside, besideFiles, { [row.name]: value });
  return { settings: { CACHES: { default: cache } }, path: row.place ? path : `${path}.${row.name}` };
}

function dictAt(cache, path) {
  return path
    .slice(ALIAS.length)
    .split('.')
    .filter(Boolean)
    .reduce((dict, name) => (dict[name] ??= {}), cache);
}

let folder;
const valueOf = ({ value, file, text }) => (file ? fileOf(file) : text ? PEM[text] : value);

function fileOf(kind) {
  const file = join(folder, `${kind}.pem`);
  writeFileSync(file, PEM[kind]);
  return file;
}

/** Names the border asks for, by the table that should have them. Nested dicts of ours (`gate`) are their parent's row. */
function askedNames({ SettingReader, resolveSettings }) {
  const asked = new Map(TABLES.map(({ id }) => [id, new Set()]));
  const { take, refuseAll } = SettingReader.prototype;
  let way;
  const record = (path, name) => asked.get(tableOf(path, way))?.add(name);
  SettingReader.prototype.take = function (name) {
    record(this.path, name);
    return take.call(this, name);
  };
  SettingReader.prototype.refuseAll = function (names, expected) {
    for (const name of Object.keys(names)) record(this.path, name);
    return refuseAll.call(this, names, expected);
  };
  try {
    for (const name of Object.keys(WAYS)) {
      way = name;
      resolveSettings({ CACHES: { default: structuredClone(WAYS[name]) } });
    }
  } finally {
    Object.assign(SettingReader.prototype, { take, refuseAll });
  }
  return asked;
}

function tableOf(path, way) {
  if (/\.(?:CONNECTION_POOL_KWARGS|REDIS_CLIENT_KWARGS|SENTINEL_KWARGS|LOCATION(?:\[\d+\])?)$/.test(path)) return 'arguments';
  if (path === '') return 'settings';
  if (path === ALIAS) return 'cache';
  if (path === `${ALIAS}.OPTIONS`) return way === CORE ? 'core' : 'options';
  return undefined;
}

/** Names without a row, and rows without a name. */
function gaps(asked) {
  // OPTIONS of Django core are connection arguments too, and ours are ours everywhere.
  const elsewhere = { core: [...ARGUMENTS, ...OPTIONS] };
  return TABLES.filter(({ id }) => id !== 'classes').flatMap(({ id, rows }) => {
    const names = asked.get(id);
    const known = new Set([...rows, ...(elsewhere[id] ?? [])].map(({ name }) => name));
    return [
      ...[...names]
        .filter((name) => !known.has(name))
        .map((name) => `${name} is read, and known-settings.mjs has no row for it.`),
      ...rows
        .filter(({ name }) => !names.has(name))
        .map(({ name }) => `${name} has a row in known-settings.mjs, and is never read.`),
    ];
  });
}

function drawn(resolveSettings, table) {
  const rows = table.rows.map((row) => {
    const [fate, note] = fateOf(resolveSettings, table, row);
    const name = `\`${row.name}\`${table.showsValue || row.showsValue ? ` \`${row.value}\`` : ''}`;
    return `| ${name} | ${fate} | ${sentence(note).replaceAll('|', '\\|')} |`;
  });
  return ['| Setting | Here | |', '|---|---|---|', ...rows].join('\n');
}

function sentence(text) {
  return text.replace(/\.$/, '');
}

/** The page with its tables as they should be; throws where a marker is missing. */
function replaced(page, resolveSettings) {
  return TABLES.reduce((text, table) => {
    const [start, end] = [`<!-- ${table.id} -->`, `<!-- /${table.id} -->`];
    if (!text.includes(start) || !text.includes(end)) throw new Error(`${PAGE} lacks the markers ${start} and ${end}.`);
    const before = text.slice(0, text.indexOf(start) + start.length);
    return `${before}\n\n${drawn(resolveSettings, table)}\n\n${text.slice(text.indexOf(end))}`;
  }, page);
}

async function settingsTable({ write }) {
  const code = (name) => import(pathToFileURL(join(SETTINGS_CODE, name)).href);
  const { SettingReader } = await code('read/setting-reader.js');
  const { resolveSettings } = await code('resolve-settings.js');
  folder = mkdtempSync(join(tmpdir(), 'settings-table-'));
  try {
    const problems = gaps(askedNames({ SettingReader, resolveSettings }));
    const page = readFileSync(PAGE, 'utf8');
    const wanted = replaced(page, resolveSettings);
    if (write) writeFileSync(PAGE, wanted);
    else if (page !== wanted)
      problems.push('docs/django-settings.md is out of date: `node scripts/settings-table.mjs --write` updates it.');
    for (const problem of problems) console.log(problem);
    return problems.length > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (isMain(import.meta.url)) main(() => settingsTable({ write: process.argv.includes('--write') }));
