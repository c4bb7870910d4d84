/**
 * docs/facts.md: each number that a test title cites, what it stands for, and the tests that prove it. Drawn from the list in
 * facts.txt and from the texts of the tests.
 *
 *   node scripts/facts.mjs           says what is wrong with list, titles or page, if anything
 *   node scripts/facts.mjs --write   draws the page anew
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import ts from 'typescript';
import { isMain, main, root } from './run.mjs';

const LIST = 'scripts/facts.txt';
const PAGE = 'docs/facts.md';
/** Tests stand in spec files, and in what spec files share: suites, measures, tables of cases, the conformance suite. */
const isTest = (file) => /\.spec\.ts$|\/src\/testing\/conformance\//.test(file);
const TESTS = [
  ['libs', isTest],
  ['apps', isTest],
  ['test', (file) => file.endsWith('.ts')],
];
/** Prose and sources that are read without the list at hand: no number in them. */
const NUMBERLESS = [
  ['libs', (file) => /\.(?:ts|md)$/.test(file) && !isTest(file)],
  ['apps', (file) => /\.(?:ts|md)$/.test(file) && !isTest(file)],
  ['docs', (file) => file.endsWith('.md') && file !== PAGE],
  ['test', (file) => file.endsWith('.md')],
  ['bench', (file) => file.endsWith('.md')],
  ['.', (file) => /^\.\/[A-Z]+\.md$/.test(file)],
];
/** `A-20`, `P7`, `fault 33`, `faults 32, 34, 35`. */
const NUMBER = /\b(?:[A-Z]-\d{1,3}|P\d{1,2}|(?<kind>fault|pain)s? (?<each>\d{1,2}(?:(?:, | and )\d{1,2}\b)*))\b/g;
/** Letters that mean facts. What looks alike with another letter is data, unless it begins a title. */
const LETTERS = 'ACDHSWP';

/** One sentence for each thing that is wrong. */
export function factsProblems() {
  const groups = readList();
  const cited = readTests();
  const facts = groups.flatMap(({ facts }) => facts);
  const known = new Set(facts.map(({ number }) => number));
  return [
    ...twice(facts.map(({ number }) => number)).map((number) => `${LIST}: ${number} stands there twice.`),
    ...facts
      .filter(({ source, says }) => !source || !says)
      .map(({ number }) => `${LIST}: ${number} lacks its source or sentence.`),
    ...[...cited]
      .filter(([number]) => !known.has(number))
      .map(([number, files]) => `${[...files][0]}: cites ${number}, which ${LIST} lacks.`),
    ...facts.flatMap(({ number, untested }) => testedOrExcused(number, cited.has(number), untested)),
    ...NUMBERLESS.flatMap(([folder, counts]) => filesIn(folder).filter(counts)).flatMap(outOfPlace),
    ...(current() === draw(groups, cited) ? [] : [`${PAGE} is out of date: \`node scripts/facts.mjs --write\` draws it anew.`]),
  ];
}

function testedOrExcused(number, isTested, reason) {
  if (!isTested && !reason) return [`${LIST}: no test cites ${number}, and no reason is given.`];
  if (isTested && reason) return [`${LIST}: ${number} has a reason for being without a test, and a test.`];
  return [];
}

function twice(numbers) {
  return numbers.filter((number, index) => numbers.indexOf(number) !== index);
}

/** The list: `{ title, facts: [{ number, source, says, untested }] }` for each heading. */
function readList() {
  const groups = [];
  for (const line of readFileSync(join(root, LIST), 'utf8').split('\n')) {
    if (line.startsWith('## ')) groups.push({ title: line.slice(3), facts: [] });
    if (line === '' || line.startsWith('#')) continue;
    const [number, source, says, untested] = line.split(' | ').map((cell) => cell.trim());
    groups.at(-1).facts.push({ number, source, says, untested });
  }
  return groups;
}

/** Number -> the files whose tests cite it. */
function readTests() {
  const cited = new Map();
  for (const file of TESTS.flatMap(([folder, isTest]) => filesIn(folder).filter(isTest)))
    for (const number of numbersIn(file)) cited.set(number, (cited.get(number) ?? new Set()).add(file));
  return cited;
}

function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: folder !== '.' })
    .map((name) => `${folder}/${name.replaceAll(sep, '/')}`)
    .filter((file) => !/\/(?:node_modules|dist|extracted)\//.test(file) && existsSync(join(root, file)))
    .toSorted();
}

/** Every text counts, not only a title's own: `it.each` takes titles from tables. Comments don't. */
function numbersIn(file) {
  const text = readFileSync(join(root, file), 'utf8');
  if (!file.endsWith('.ts') || text.search(NUMBER) < 0) return new Set();
  const numbers = new Set();
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      for (const number of cites(node.text)) numbers.add(number);
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return numbers;
}

function cites(text) {
  return [...text.matchAll(NUMBER)].flatMap(({ 0: number, index, groups: { kind, each } }) => {
    if (kind) return each.split(/, | and /).map((one) => `${kind} ${one}`);
    return LETTERS.includes(number[0]) || (index === 0 && text[number.length] === ':') ? [number] : [];
  });
}

function outOfPlace(file) {
  const numbers = cites(readFileSync(join(root, file), 'utf8'));
  return numbers.map((number) => `${file}: says ${number}; numbers stand in test titles and in ${PAGE} only.`);
}

function current() {
  return existsSync(join(root, PAGE)) ? readFileSync(join(root, PAGE), 'utf8') : '';
}

function draw(groups, cited) {
  const tables = groups.flatMap(({ title, facts }) => [
    `## ${title}`,
    '',
    '| number | what holds | source | tests |',
    '|---|---|---|---|',
    ...facts.map((fact) => `| ${fact.number} | ${fact.says} | ${fact.source} | ${proof(fact, cited.get(fact.number))} |`),
    '',
  ]);
  return `${INTRODUCTION}\n${tables.join('\n')}`;
}

function proof({ untested }, files) {
  if (!files) return `none: ${untested}`;
  return [...files].map((file) => `[${basename(file).replace(/(?:\.spec)?\.ts$/, '')}](../${file})`).join(', ');
}

const INTRODUCTION = `# Facts

The numbers in test titles: what each stands for, where the fact comes from, and which tests prove it. Drawn by \`node scripts/facts.mjs --write\`
from \`scripts/facts.txt\` and the tests; \`npm run check\` holds the three against each other.

A new fact: a line in the list, its number in the title of its test, and the command above. A fault is what happens to a client; its tests show
what the client does then. A pain is what users of other Nest caches report; its tests show that it does not happen here.
`;

if (isMain(import.meta.url))
  main(async () => {
    if (process.argv.includes('--write')) writeFileSync(join(root, PAGE), draw(readList(), readTests()));
    const problems = factsProblems();
    for (const problem of problems) console.log(problem);
    return problems.length > 0 ? 1 : 0;
  });
