/**
 * The tables of docs/pages.md: which requests are served from the cache, which responses are stored, and the words that Cache-Status has
 * for why not. Nothing here knows a verdict of the policy: each case is given to what was built, and the table shows what it decides. What is
 * decided elsewhere (`says`) is not asked: the table says no, and only the word is looked for in the file that decides it. A word that no
 * case gets, or that the policy does not have, is a problem.
 *
 *   node scripts/decision-table.mjs           says what is wrong with the page, if anything (needs `npm run build`)
 *   node scripts/decision-table.mjs --write   puts the tables into it
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REQUESTS, RESPONSES } from './decision-cases.mjs';
import { isMain, main, root } from './run.mjs';

const PAGE = join(root, 'docs', 'pages.md');
const POLICY = join(root, 'libs', 'sentinel-cache', 'dist', 'http', 'policy');
const SOURCES = join(root, 'libs', 'sentinel-cache', 'src', 'http');

const RULES = {
  lifetime: 900_000,
  shared: false,
  vary: [],
  headers: [],
  takesPersonal: undefined,
};
const CONFIG = { personalHeaders: ['x-tenant'], ignoreCookies: ['_ga*'], hosts: ['shop.example'] };
const REQUEST = { method: 'GET', originalMethod: undefined, host: 'shop.example', headers: {}, hasUser: false };
const RESPONSE = {
  status: 200,
  headers: {},
  isThrown: false,
  personal: undefined,
  route: 900_000,
  defaultMs: 600_000,
  maxBody: 1024,
  nowMs: Date.UTC(2030, 0, 1),
};
const PAGE_BODY = Buffer.from('<script nonce="abc123"></script>');

/** How a response to a personal request is stored: whatever it says, if it says so, or never. */
function storedFor(personal, { judgeResponse }) {
  const stores = (says) =>
    judgeResponse({ ...RESPONSE, personal, headers: says ? { 'cache-control': says } : {} }, PAGE_BODY).stores;
  if (stores('')) return 'yes';
  return stores('public') && stores('s-maxage=60') ? 'if it says `public` or `s-maxage`' : 'no';
}

function requestRow(row, policy) {
  const request = { ...REQUEST, ...row.request };
  const verdict = policy.judgeRequest(request, { ...RULES, ...row.rules }, CONFIG);
  const asks = policy.directivesOf(request);
  const word = verdict.reason ?? (asks.noStore ? 'no-store' : row.says);
  if (verdict.does === 'pass' || asks.noStore) return [row.what, 'no', 'no', word];
  if (verdict.does === 'personal') return [row.what, 'no', storedFor(verdict.reason, policy), word];
  return [row.what, policy.satisfies(asks, 60_000, 840_000) ? 'yes' : 'no', row.says ? 'no' : 'yes', word];
}

function responseRow(row, policy) {
  const facts = { ...RESPONSE, ...row.response };
  const verdict = policy.judgeResponse(facts, row.body === undefined ? PAGE_BODY : Buffer.alloc(row.body));
  const vary = policy.learnedVary({ before: {}, sent: facts.headers, late: facts.headers }, RULES);
  const word = verdict.stores ? (vary ? row.says : 'vary') : verdict.reason;
  return [row.what, word ? 'no' : 'yes', word];
}

const list = (statuses) => `${statuses.slice(0, -1).join(', ')} or ${statuses.at(-1)}`;

/** Statuses, by what becomes of them: without a lifetime of their own, and with one. */
function statusRows({ judgeResponse, REASONS }) {
  const all = Array.from({ length: 400 }, (_, i) => 200 + i);
  const verdictOf = (status, headers = {}) => judgeResponse({ ...RESPONSE, status, headers }, PAGE_BODY);
  const stored = all.filter((status) => verdictOf(status).stores);
  const declared = all.filter(
    (status) => !stored.includes(status) && verdictOf(status, { 'cache-control': 'max-age=60' }).stores,
  );
  const [other] = all.filter((status) => !stored.includes(status) && !declared.includes(status));
  if (!REASONS.status.includes(list(stored))) throw new Error(`policy/reasons.ts: \`status\` should name ${list(stored)}.`);
  return [
    [`status ${list(stored)}`, 'yes', undefined],
    [`status ${list(declared)}, with a \`max-age\`, \`s-maxage\` or \`Expires\` of its own`, 'for that long', undefined],
    [`status ${list(declared)} without one, any other status`, 'no', verdictOf(other).reason],
  ];
}

const titled = (head, rows) => [
  `| ${head.join(' | ')} |`,
  `|${head.map(() => '---|').join('')}`,
  ...rows.map((cells) => `| ${cells.join(' | ').trimEnd()} |`),
];
const said = (word) => (word === undefined ? '' : `\`${word}\``);

function tablesOf(policy) {
  const requests = REQUESTS.map((row) => requestRow(row, policy));
  const responses = [...statusRows(policy), ...RESPONSES.map((row) => responseRow(row, policy))];
  const shown = (rows) => rows.map((cells) => [...cells.slice(0, -1), said(cells.at(-1))]);
  return {
    words: [...requests, ...responses].map((cells) => cells.at(-1)),
    tables: {
      requests: titled(['request', 'from the cache', 'its response is stored', 'detail'], shown(requests)),
      responses: titled(['response', 'stored', 'detail'], shown(responses)),
      reasons: titled(
        ['detail', 'why'],
        Object.entries(policy.REASONS).map(([word, why]) => [said(word), why]),
      ),
    },
  };
}

/** Words without a case, cases with an unknown word, and words that are decided elsewhere than a case says. */
function gaps(words, reasons) {
  const source = (file) => readFileSync(join(SOURCES, file), 'utf8');
  return [
    ...Object.keys(reasons)
      .filter((word) => !words.includes(word))
      .map((word) => `decision-cases.mjs: no case gets \`${word}\`.`),
    ...words.filter((word) => word !== undefined && !(word in reasons)).map((word) => `policy/reasons.ts lacks \`${word}\`.`),
    ...[...REQUESTS, ...RESPONSES]
      .filter(({ says, where }) => says && !source(where).includes(`'${says}'`))
      .map(({ says, where }) => `decision-cases.mjs: ${where} does not say '${says}'.`),
  ];
}

/** The page with its tables as they should be; throws where a marker is missing. */
function replaced(page, tables) {
  return Object.entries(tables).reduce((text, [id, lines]) => {
    const [start, end] = [`<!-- ${id} -->`, `<!-- /${id} -->`];
    if (!text.includes(start) || !text.includes(end)) throw new Error(`${PAGE} lacks the markers ${start} and ${end}.`);
    return `${text.slice(0, text.indexOf(start) + start.length)}\n\n${lines.join('\n')}\n\n${text.slice(text.indexOf(end))}`;
  }, page);
}

async function decisionTable({ write }) {
  const files = ['reasons', 'request-verdict', 'request-directives', 'response-verdict', 'learned-vary'];
  const modules = await Promise.all(files.map((name) => import(pathToFileURL(join(POLICY, `${name}.js`)).href)));
  const policy = Object.assign({}, ...modules);
  const { tables, words } = tablesOf(policy);
  const problems = gaps(words, policy.REASONS);
  const page = readFileSync(PAGE, 'utf8');
  const wanted = replaced(page, tables);
  if (write) writeFileSync(PAGE, wanted);
  else if (page !== wanted) problems.push('docs/pages.md is out of date: `node scripts/decision-table.mjs --write` updates it.');
  for (const problem of problems) console.log(problem);
  return problems.length > 0 ? 1 : 0;
}

if (isMain(import.meta.url)) main(() => decisionTable({ write: process.argv.includes('--write') }));
