/** The spec files, and which command runs which. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { SetupError, root } from './run.mjs';

/** Folders of test/ that need more than a Redis, a quiet machine, or minutes, or test no library: each has a command `test:<folder>`. */
const BY_COMMAND = [
  'demo',
  'docs',
  'django',
  'browser',
  'sql',
  'faults',
  'promises',
  'cluster',
  'hostile',
  'packaging',
  'local-sentinel',
  'pages',
  'invalidations',
];
const BESIDE_SOURCES = ['libs', 'apps'];

/** The spec files of a command whose paths match one of the patterns, relative to the root. Throws SetupError where none does. */
export function specFiles({ unit, only, patterns = [] }) {
  const folders = only ? [`test/${only}`] : unit ? BESIDE_SOURCES : [...BESIDE_SOURCES, 'test'];
  const all = folders.flatMap(specsIn);
  const files = unit || only ? all : all.filter((file) => commandOf(file) === 'test');
  if (patterns.length === 0) return files;
  const wanted = patterns.map(pathPattern);
  const matches = (file) => wanted.some((pattern) => pattern.test(`/${file}`));
  const found = files.filter(matches);
  if (found.length === 0) throw new SetupError(noMatch(patterns, [...BESIDE_SOURCES, 'test'].flatMap(specsIn).filter(matches)));
  return found;
}

/** One line for each folder of specs that `npm test` leaves out and no other command runs. */
export function orphans() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return BY_COMMAND.filter((folder) => !scripts[`test:${folder}`] && specsIn(`test/${folder}`).length > 0).map(
    (folder) => `test/${folder}: nothing runs these specs: package.json has no script test:${folder}.`,
  );
}

function specsIn(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => `${folder}/${name.replaceAll(sep, '/')}`)
    .filter((file) => file.endsWith('.spec.ts') && !/\/(node_modules|dist)\//.test(file))
    .toSorted();
}

function commandOf(file) {
  const folder = BY_COMMAND.find((name) => file.startsWith(`test/${name}/`));
  return folder ? `test:${folder}` : 'test';
}

function pathPattern(text) {
  try {
    return new RegExp(text.startsWith(root) ? relative(root, text) : text, 'i');
  } catch (error) {
    throw new SetupError(`Expected a regular expression for paths of spec files, got ${text}: ${error.message}`);
  }
}

function noMatch(patterns, elsewhere) {
  const commands = [...new Set(elsewhere.map(commandOf))];
  const hint = commands.map((command) => (command === 'test' ? 'npm test' : `npm run ${command}`)).join(' or ');
  return `No spec file matches ${patterns.join(' ')}.${hint && ` ${elsewhere.length} of ${hint} would.`}`;
}
