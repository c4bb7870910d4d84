/** What no linter knows: the house's own prohibitions, found by reading the text. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sizeProblem } from './measure-house.mjs';
import { LADDERS, LISTS, MOST_FILES, RANKS, pictureProblem } from './ranks.mjs';
import { isMain, root } from './run.mjs';
import { unusedExports } from './unused-exports.mjs';

const SRC = 'libs/sentinel-cache/src';
const README_LINES = 10;
const COMMENT_COLUMNS = 110;
const BANNED_FOLDERS = ['utils', 'common', 'helpers', 'shared', 'types'];
const SKIPPED_FOLDERS = ['node_modules', 'dist', 'coverage', '.git', 'fixtures'];

const isSpec = (file) => file.endsWith('.spec.ts');
const inSources = (file) => /^libs\/[^/]+\/src\//.test(file);
const isTest = (file) => isSpec(file) || file.startsWith('test/');
const inLibrary = (file) => file.startsWith(`${SRC}/`);
const isInner = (file) =>
  /^libs\/[^/]+\/src\/.*\.ts$/.test(file) && !isSpec(file) && !isDoor(file) && !file.endsWith('/index.ts');
const isDoor = (file) => inLibrary(file) && !file.slice(SRC.length + 1).includes('/');

/** What must not stand in a file, and where. The comments and strings of a file count too: write about it elsewhere. */
const BANNED_TEXT = [
  [
    /\b(?:test|it|describe)\.(?:skip|only|todo|failing)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(/,
    isTest,
    'no skipped or focused test',
  ],
  [/\bprocess\.env\b/, inLibrary, 'nobody in the library reads the environment: the app does'],
  [
    /\bimport\.meta\b/,
    (file) => inLibrary(file) && !isSpec(file),
    'no import.meta: Jest and bundlers make CommonJS of the library',
  ],
  // The one exception, which no pattern here sees: the Map of copies/one-object.ts.
  [/^(?:export )?(?:let|var) /, (file) => inLibrary(file) && !isSpec(file), 'no state at module level'],
  [
    /^(?:export )?const \w+(?:: [^=]+)? = (?:new (?:Map|Set)(?:<.*>)?\(\)|\[\]|\{\});?$/,
    (file) => inLibrary(file) && !isSpec(file),
    'no state at module level: what starts empty is there to be filled',
  ],
  [/\bcatch(?: ?\(\w*\))? ?\{\s*\}/, () => true, 'no empty catch'],
  [/\.catch\(\s*(?:async )?\(?\w*\)? ?=> ?\{\s*\}\s*\)/, (file) => !isTest(file), 'no empty catch'],
  [
    /^export (?:type )?(?:\*|\{[^}]*\} from)/,
    (file) => inLibrary(file) && !isDoor(file),
    'only doors re-export (no inner barrels)',
  ],
  [/^export (?:type )?\*/, isDoor, 'a door names what it exports'],
  [new RegExp(`^(?=.{${COMMENT_COLUMNS + 1}}) *(?://|/?\\*).*`), inSources, `a comment wraps at ${COMMENT_COLUMNS} columns`],
  [/\*\/\n *\/\*\*/, (file) => !isTest(file), 'one doc comment for one thing'],
];

/** One line for each violation. */
export function violations() {
  const entries = walk('');
  const files = entries.filter(({ isFolder }) => !isFolder).map(({ path }) => path);
  const folders = entries.filter(({ isFolder }) => isFolder).map(({ path }) => path);
  return [
    ...bannedText(files),
    ...bannedFolders(folders),
    ...rooms(folders),
    ...fullFolders(files),
    ...readmes(folders),
    ...unusedExports(
      files.filter((file) => /^(libs|apps|test|bench)\/.*\.ts$/.test(file)),
      isInner,
    ),
    ...lockFiles(),
    pictureProblem(),
    sizeProblem(),
  ].filter(Boolean);
}

function walk(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED_FOLDERS.includes(name))
    .flatMap((entry) => {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      return entry.isDirectory() ? [{ path, isFolder: true }, ...walk(path)] : [{ path, isFolder: false }];
    });
}

function bannedText(files) {
  return files
    .filter((file) => /^(libs|apps|test)\/.*\.ts$/.test(file))
    .flatMap((file) => {
      const rules = BANNED_TEXT.filter(([, where]) => where(file));
      const text = readFileSync(join(root, file), 'utf8');
      return rules.flatMap(([pattern, , why]) => {
        const found = [...text.matchAll(new RegExp(pattern.source, 'gm'))];
        return found.map(({ index, 0: match }) => `${file}:${lineOf(text, index)}: ${why}: ${match.split('\n')[0]}`);
      });
    });
}

function lineOf(text, index) {
  return text.slice(0, index).split('\n').length;
}

function bannedFolders(folders) {
  return folders
    .filter((folder) => BANNED_FOLDERS.includes(folder.split('/').at(-1)))
    .map((folder) => `${folder}/: a folder says what is in it; not ${BANNED_FOLDERS.join(', ')}`);
}

function rooms(folders) {
  const ranked = new Set([
    ...RANKS.map(({ folder }) => `${SRC}/${folder}`),
    ...LADDERS.flatMap(({ folder, rooms }) => rooms.map((room) => `${folder}/${room}`)),
  ]);
  const orderless = RANKS.filter(({ rooms }) => !rooms).map(({ folder }) => `${SRC}/${folder}/`);
  return folders
    .filter((folder) => inSources(folder) && !ranked.has(folder) && !orderless.some((other) => folder.startsWith(other)))
    .map((folder) => `${folder}/: has no rank in scripts/ranks.mjs`);
}

function fullFolders(files) {
  const sources = files.filter((file) => inSources(file) && file.endsWith('.ts') && !isSpec(file) && !isDoor(file));
  const counts = new Map();
  for (const file of sources) {
    const folder = file.slice(0, file.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([folder, count]) => count > MOST_FILES && !LISTS.includes(folder))
    .map(([folder, count]) => `${folder}/: ${count} files, at most ${MOST_FILES}: give it rooms`);
}

function readmes(folders) {
  return folders.filter(inSources).map((folder) => {
    const path = join(root, folder, 'README.md');
    if (!existsSync(path)) return `${folder}/: has no README.md (what it is, entry file, "add a ... here by ...")`;
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').length;
    return lines > README_LINES && `${folder}/README.md: ${lines} lines, at most ${README_LINES}`;
  });
}

function lockFiles() {
  const files = ['', 'bench', 'site'].map((folder) => join(folder, 'package-lock.json'));
  return files
    .filter((file) => /"resolved": "(http|git|ssh)/.test(readFileSync(join(root, file), 'utf8')))
    .map(
      (file) =>
        `${file}: holds download addresses; .npmrc says omit-lockfile-registry-resolved=true: run \`npm install\` in this folder`,
    );
}

if (isMain(import.meta.url)) {
  const found = violations();
  for (const line of found) console.log(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}
