/* The live page: what the stream says, and what the buttons do. */
import { Charts } from './chart.js';
import { draw } from './picture.js';
import { ask, at, clock, element, fill, rows, say } from './tools.js';

const texts = JSON.parse(at('texts').textContent);
const MOST_TOLD = 30;
const MARKED_MS = 60_000;
const DRILL_LIMIT_MS = 40_000;

/* What happened */
const marked = [];
const charts = new Charts(() => marked);

/** The library's own words. */
function inEnglish(text) {
  const made = element('span', text);
  made.lang = 'en';
  return made;
}

/** An event of the monitor, or a button that somebody pressed. */
function tell(event) {
  const { atMs } = event;
  const sentence = event.action ? texts.drills[event.action] : (texts.events[event.type] ?? event.type);
  const address = event.action ? event.addresses.join(', ') : (event.address ?? '');
  const isMarked = event.type !== 'node-unreachable' || event.node === 'primary';
  const label = isMarked ? texts.markers[event.type] : undefined;
  if (label) marked.push({ at: atMs / 1000, label });
  while (marked.length > 0 && marked[0].at * 1000 < atMs - MARKED_MS) marked.shift();
  const item = element('li', '', event.action || label ? 'loud' : undefined);
  const [before, after] = fill(sentence, { address }).split('{message}');
  item.append(element('time', clock(atMs)), ' ' + before);
  if (after !== undefined) item.append(inEnglish(event.message ?? ''), after);
  at('told').prepend(item);
  while (at('told').children.length > MOST_TOLD) at('told').lastChild.remove();
}

/* Redis now */
function showStatus(status, primary) {
  at('state').className = 'state ' + status;
  say('badge', texts.badge[status]);
  say('stateText', fill(texts.status[status], { primary: primary ?? '' }));
}

function showNodes(nodes) {
  showStatus(nodes.status, nodes.primary);
  at('withRedis').hidden = nodes.status === 'none';
  at('withoutRedis').hidden = nodes.status !== 'none';
  draw(nodes, texts);
  for (const button of drills()) button.disabled = !nodes.possible?.includes(button.dataset.drill);
}

const digits = (ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));
const inSeconds = (ms) =>
  ms < 1000 ? fill(texts.figure, { ms: Math.round(ms) }) : fill(texts.seconds, { seconds: (ms / 1000).toFixed(2) });

function showRecovery(recovery) {
  if (!recovery) return;
  const { from, to, afterSwitchMs, withoutWritesMs, refused } = recovery;
  at('figure').className = '';
  say('figure', fill(texts.figure, { ms: digits(afterSwitchMs) }));
  const decision = inSeconds(Math.max(0, withoutWritesMs - afterSwitchMs));
  const ms = fill(texts.figure, { ms: digits(afterSwitchMs) });
  const sentence = refused === 0 ? texts.smooth : texts.recovery;
  say('recovery', fill(sentence, { from, to, gap: inSeconds(withoutWritesMs), decision, ms, refused }));
}

function showSample({ operations, p50Ms, p99Ms, refused }) {
  const ms = (value) => (value === null ? '–' : value < 10 ? value.toFixed(2) : Math.round(value));
  say(
    'nowLine',
    fill(texts.now, { operations: Math.round(operations), p50: ms(p50Ms), p99: ms(p99Ms), refused: Math.round(refused) }),
  );
}

function begin({ drill, samples, events, recovery, nodes }) {
  marked.length = 0;
  at('told').replaceChildren();
  for (const event of events) tell(event);
  charts.set(samples);
  at('drill').hidden = !drill;
  at('noDrill').hidden = drill;
  showRecovery(recovery);
  showNodes(nodes);
  if (!drill && nodes.status !== 'none') void showKillLine();
}

async function showKillLine() {
  const { ok, data } = await ask('/operations/kill-line');
  if (ok) say('line', data.line);
}

/** A stream that breaks is opened anew by the browser, and begins with everything so far. */
function watch() {
  const source = new EventSource('/operations/events');
  const on = (type, act) => source.addEventListener(type, ({ data }) => act(JSON.parse(data)));
  on('hello', begin);
  on('nodes', showNodes);
  on('state', tell);
  on('drill', tell);
  on('recovery', showRecovery);
  on('sample', (sample) => {
    charts.add(sample);
    showSample(sample);
  });
  source.addEventListener('error', () => showStatus('gone'));
}

/* In words of the page: what the demo says to programs is English. */
const REASONS = { 0: 'silent', 400: 'price', 403: 'forbidden', 503: 'away' };
const failed = (status) => fill(texts.failed, { reason: fill(texts.reasons[REASONS[status] ?? 'other'], { status }) });
const named = (name) => (Object.hasOwn(texts.products, name) ? texts.products[name] : name);

/* The buttons that break things */
const drills = () => document.querySelectorAll('[data-drill]');

async function drill(action) {
  say('drilled', texts.working);
  const { ok, status, data } = await ask('/operations/drill/' + action, { method: 'POST', limitMs: DRILL_LIMIT_MS });
  if (ok) return say('drilled', fill(texts.drills[action], { address: data.addresses.join(', ') }));
  say('drilled', texts.problems[data.problem] ?? failed(status));
}

/* Three ways to the products */
const money = (price) => Number(price).toFixed(2);

function showWay(way, { ok, status, data, serverMs }, result) {
  const [, cell, time] = at('way-' + way).children;
  cell.textContent = ok ? result : failed(status);
  const us = ok && way === 'near' ? Math.max(1, Math.round(data.cacheMs * 1000)) : undefined;
  const ms = !(serverMs >= 0) ? '–' : serverMs < 10 ? serverMs.toFixed(2) : Math.round(serverMs);
  time.textContent = us !== undefined && us < 1000 ? fill(texts.cacheTook, { ms, us }) : fill(texts.took, { ms });
}

const isHit = ({ cacheStatus }) => / hit\b/.test(cacheStatus);

async function load() {
  const uncached = await ask('/products/uncached');
  showWay('uncached', uncached, texts.from.database);
  const first = await ask('/products');
  const page = isHit(first) ? first : await ask('/products');
  const missed = fill(texts.from.missed, { ms: Math.round(first.serverMs) });
  showWay('page', page, page === first ? texts.from.hit : isHit(page) ? missed : texts.from.miss);
  /* The first one makes the entry, the second one fetches it from Redis, the third one has it. */
  let near;
  for (let i = 0; i < 3 && near?.data.from !== 'near'; i += 1) near = await ask('/products/near');
  showWay('near', near, texts.from[near.data.from]);
  if (page.ok) showProducts(page.data);
  const { ok, data } = await ask('/operations/stats');
  if (ok) say('ran', fill(at('ran').dataset.text, { count: data.slowReads }));
}

function showProducts(products) {
  at('products').hidden = false;
  rows(
    'productRows',
    products.map(({ name, price }) => [element('td', named(name)), element('td', money(price), 'number')]),
  );
}

async function save() {
  const body = { price: at('price').valueAsNumber };
  const { ok, status, data } = await ask('/products/' + at('product').value, { method: 'PUT', body });
  if (!ok) return say('saved', failed(status));
  say('saved', fill(texts.saved, { name: named(data.name), price: money(data.price) }));
  const page = await ask('/products');
  if (page.ok) showProducts(page.data);
}

/* The counter */
const tally = { answered: 0, refused: 0, slowest: 0 };

async function add() {
  const { ok, data, ms } = await ask('/counters/visits', { method: 'POST' });
  tally.slowest = Math.max(tally.slowest, ms);
  tally[ok ? 'answered' : 'refused'] += 1;
  if (ok) say('value', String(data.value));
  say('tally', fill(texts.tally, tally));
}

let running = 0;
function run() {
  running = running ? (clearInterval(running), 0) : setInterval(() => void add(), 100);
  at('run').setAttribute('aria-pressed', String(running !== 0));
  say('run', running ? texts.stop : texts.run);
}

function onClick(button, act) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await act();
    } finally {
      button.disabled = false;
    }
  });
}
onClick(at('load'), load);
onClick(at('save'), save);
onClick(at('add'), add);
onClick(at('run'), run);
for (const button of drills())
  button.addEventListener('click', () => {
    // What the servers are like says when it can be pressed again.
    button.disabled = true;
    void drill(button.dataset.drill);
  });

const LINES = [
  'curl -i ORIGIN/products',
  `curl -X PUT -H 'content-type: application/json' -d '{"price":9.5}' ORIGIN/products/1`,
  `curl -X POST -b csrftoken=me -H 'X-CSRFToken: me' ORIGIN/counters/visits`,
  `curl -X POST -b csrftoken=me -H 'X-CSRFToken: me' ORIGIN/operations/drill/kill`,
  'curl ORIGIN/operations/topology',
  'curl ORIGIN/health',
  'curl ORIGIN/metrics',
  'curl -N ORIGIN/operations/events',
];
say('byHand', LINES.join('\n').replaceAll('ORIGIN', location.origin));
watch();
const { ok, data } = await ask('/counters/visits');
if (ok) say('value', String(data.value));
