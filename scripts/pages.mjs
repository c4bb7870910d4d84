/** Says which links of the pages lead nowhere, and what the maps (docs/README.md, test/README.md) leave out. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMain, main, root } from './run.mjs';

const SKIPPED = ['node_modules', 'dist', 'coverage', 'fixtures', '.git', 'project'];
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

/** One line for each thing that is wrong. */
export function pageProblems() {
  return [
    ...pagesIn('').flatMap(deadLinks),
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

function pagesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.includes(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return pagesIn(path);
      return path.endsWith('.md') ? [path] : [];
    });
}

function deadLinks(page) {
  const prose = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(LINK)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target))
    .map((target) => `${page}: the link ${target} leads nowhere.`);
}

function leadsSomewhere(page, target) {
  const [path, anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(readFileSync(join(root, file), 'utf8')).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(text) {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
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
