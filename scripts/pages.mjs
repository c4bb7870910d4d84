/**
 * Says which links of the pages lead nowhere, which files they name that do not exist, and what the maps (docs/README.md, test/README.md)
 * leave out.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isMain, main, root } from './run.mjs';

const SKIPPED = ['node_modules', 'dist', 'coverage', 'fixtures', '.git', 'project'];
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const WORD_OF_CODE = /`([^`\s]+)`/g;
const FILE = /^[\w./-]+\.(?:ts|mjs|md)$/;
const FOLDER_OR_FILE = /^[\w.-][\w./-]*\/[\w./-]*$/;
/** The file that the reader is about to write: `x.spec.ts`, `x-listener.ts`. */
const PLACEHOLDER = /(?:^|\/)x[.-]/;
/** It names what was, too. */
const HISTORY = 'CHANGELOG.md';

/** One line for each thing that is wrong. */
export function pageProblems() {
  const paths = allPaths('');
  const pages = paths.filter((path) => path.endsWith('.md'));
  return [
    ...pages.flatMap(deadLinks),
    ...pages.filter((page) => page !== HISTORY).flatMap((page) => missingFiles(page, paths)),
    ...missing(
      'docs/README.md',
      'docs',
      (name) => name.endsWith('.md') && name !== 'README.md',
      (name) => `(${name})`,
    ),
    ...missing(
      'test/README.md',
      'test',
      (name) => statSync(join(root, 'test', name)).isDirectory(),
      (name) => `\`${name}/\``,
    ),
  ];
}

/** Each file, and each folder with a slash at its end. */
function allPaths(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [`${path}/`, ...allPaths(path)] : [path];
    });
}

function deadLinks(page) {
  return [...proseOf(page).matchAll(LINK)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target))
    .map((target) => `${page}: the link ${target} leads nowhere.`);
}

/** A page may name a file by the end of its path; the README of a folder names without a folder only what lies below it. */
function missingFiles(page, paths) {
  const folders = new Set(paths.filter((path) => path.endsWith('/')).map((path) => basename(path)));
  const isOfFolder = basename(page) === 'README.md' && dirname(page) !== '.';
  const below = isOfFolder ? paths.filter((path) => path.startsWith(`${dirname(page)}/`)) : paths;
  return [...proseOf(page).matchAll(WORD_OF_CODE)]
    .map(([, word]) => word)
    .filter((word) => looksLikeAPath(word, folders) && !PLACEHOLDER.test(word))
    .filter((word) => !existsSync(join(root, dirname(page), word)) && !isEndOfOne(word, word.includes('/') ? paths : below))
    .map((word) => `${page}: there is no ${word}.`);
}

function looksLikeAPath(word, folders) {
  return FILE.test(word) || (FOLDER_OR_FILE.test(word) && (word.endsWith('/') || folders.has(word.split('/')[0])));
}

function isEndOfOne(word, paths) {
  return paths.some((path) => [path, path.replace(/\.ts$/, '')].some((name) => `/${name}`.endsWith(`/${word}`)));
}

function proseOf(page) {
  return readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
}

function leadsSomewhere(page, target) {
  const [path, anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(readFileSync(join(root, file), 'utf8')).includes(anchor);
}

function anchorsOf(text) {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading);
  return headings.map(anchorOf);
}

/** As GitHub makes it of a heading. */
export function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\s-]/gu, '')
    .replaceAll(' ', '-');
}

function missing(map, folder, counts, mention) {
  const text = readFileSync(join(root, map), 'utf8');
  const names = readdirSync(join(root, folder)).filter((name) => counts(name));
  return names.filter((name) => !text.includes(mention(name))).map((name) => `${map}: ${folder}/${name} is missing.`);
}

if (isMain(import.meta.url))
  main(async () => {
    const problems = pageProblems();
    for (const problem of problems) console.log(problem);
    return problems.length > 0 ? 1 : 0;
  });
