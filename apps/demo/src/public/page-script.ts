import { TOOLS } from './page-tools.js';

/** Runs in the browser: what the buttons do, and a look at Redis each second. */
export const SCRIPT = String.raw`${TOOLS}
/* Redis now */
let last = '';
let shownPrimary = null;
/** An event is shown when it differs from the last; what passes in a moment has none. */
function showState(kind, badge, text, event) {
  at('state').className = 'state ' + kind;
  say('badge', badge);
  say('stateText', text);
  if (!event || last === event) return;
  if (last) happened(event);
  last = event;
}

const wrote = (primary, health) => !primary ? 'away' : health.ok ? 'connected, a write took ' + health.answer.roundTripMs + ' ms' : 'connected';
function showNodes(topology, health) {
  at('nodes').hidden = topology.topology === 'none';
  const primary = [element('th', 'primary'), element('td', topology.primary || 'none'), element('td', wrote(topology.primary, health))];
  const replicas = topology.replicas.map((it) => [element('th', 'replica'), element('td', it.address),
    element('td', !it.connected ? 'away' : it.lagMs === null ? 'connected' : 'connected, ' + Math.round(it.lagMs) + ' ms behind')]);
  const sentinels = topology.sentinels.map((it) => [element('th', 'sentinel'), element('td', it.address),
    element('td', !it.connected ? 'away' : it.names ? 'says ' + it.names : 'names nobody')]);
  for (const [head] of [primary, ...replicas, ...sentinels]) head.scope = 'row';
  rows('rows', [primary, ...replicas, ...sentinels]);
}

async function showKillLine(primary) {
  if (!primary || primary === shownPrimary) return;
  const { ok, answer } = await ask('/operations/kill-line');
  if (!ok) return;
  shownPrimary = answer.primary;
  say('line', answer.line);
}

async function look() {
  const [health, topology, stats] = await Promise.all(['/operations/health', '/operations/topology', '/operations/stats'].map((path) => ask(path)));
  if (!topology.ok || !stats.ok) {
    showState('down', 'gone', 'The demo itself does not answer. Is it still running?', 'The demo does not answer.');
    return;
  }
  const memory = stats.answer.backend === 'memory';
  at('withRedis').hidden = memory;
  at('withoutRedis').hidden = !memory;
  say('slowReads', String(stats.answer.slowReads));
  showNodes(topology.answer, health);
  const { primary } = topology.answer;
  const on = ', on ' + stats.answer.platform;
  if (memory) showState('up', 'no Redis', 'Running on the memory of this process (locmem)' + on + '.', 'Running on locmem.');
  else if (health.ok && primary) {
    showState('up', 'up', 'The primary is ' + primary + on + '.', 'The primary is ' + primary + '.');
    await showKillLine(primary);
  } else if (health.ok) showState('wait', 'changing', 'Connected, looking again ...');
  else {
    const { reason, message } = health.answer;
    showState('down', 'away', 'Redis is away (' + (reason || health.status) + '): ' + message, 'Redis is away (' + (reason || health.status) + ').');
    shownPrimary = null;
  }
}

/*
 * What SentinelMonitor tells, as it comes. A lost connection is made anew by the browser, and then the last
 * events come again.
 */
function watch() {
  const source = new EventSource('/operations/events');
  source.addEventListener('open', () => at('told').replaceChildren());
  source.addEventListener('state', ({ data }) => {
    const { type, address, sentinel, atMs } = JSON.parse(data);
    const by = sentinel ? ', says ' + sentinel : '';
    listed('told', new Date(atMs).toLocaleTimeString() + '  ' + type.replaceAll('-', ' ') + (address ? ' ' + address : '') + by);
  });
}

/* 1 and 2: products */
const money = (price) => price.toFixed(2);
async function load() {
  const { ok, answer, cache, ms } = await ask('/products');
  if (!ok) return say('loaded', 'Failed after ' + ms + ' ms: ' + answer.message);
  say('loaded', cache + ' in ' + ms + ' ms');
  at('products').hidden = false;
  rows('productRows', answer.map((it) => [element('td', it.name), element('td', money(it.price), 'number')]));
  const chosen = at('product').value;
  at('product').replaceChildren(...answer.map((it) => {
    const option = element('option', it.name);
    option.value = it.id;
    return option;
  }));
  if (chosen) at('product').value = chosen;
}

async function save() {
  const { ok, answer, ms } = await ask('/products/' + at('product').value, 'PUT', { price: at('price').valueAsNumber });
  say('saved', ok ? answer.name + ' now costs ' + money(answer.price) + ' (' + ms + ' ms). Load the products.' : 'Refused: ' + [].concat(answer.message).join(' '));
}

/* 3: the counter */
const tally = { answered: 0, refused: 0, slowest: 0, words: '' };
async function add() {
  const { ok, answer, ms } = await ask('/counters/visits', 'POST');
  tally.slowest = Math.max(tally.slowest, ms);
  if (ok) {
    tally.answered += 1;
    say('value', String(answer.value));
  } else {
    tally.refused += 1;
    tally.words = answer.reason ? '; last: ' + answer.reason + ', executed: ' + answer.executed : '; last: ' + answer.message;
  }
  say('tally', tally.answered + ' answered, ' + tally.refused + ' not' + tally.words + '. Slowest ' + tally.slowest + ' ms.');
}

let running = 0;
function run() {
  running = running ? (clearInterval(running), 0) : setInterval(add, 100);
  at('run').setAttribute('aria-pressed', String(running !== 0));
  say('run', running ? 'Stop counting' : 'Count ten a second');
}

async function copy() {
  const copied = await Promise.resolve().then(() => navigator.clipboard.writeText(at('line').textContent)).then(() => true, () => false);
  say('copied', copied ? 'Copied.' : 'Select it and copy by hand.');
}

const onClick = (id, act) => at(id).addEventListener('click', async () => {
  at(id).disabled = true;
  try { await act(); } finally { at(id).disabled = false; }
});
onClick('load', load);
onClick('save', save);
onClick('add', add);
onClick('run', run);
onClick('copy', copy);
say('byHand', ["curl -i ORIGIN/products", "curl -X PUT -H 'content-type: application/json' -d '{\"price\":9.5}' ORIGIN/products/1",
  "curl -X POST -b csrftoken=me -H 'X-CSRFToken: me' ORIGIN/counters/visits", "curl ORIGIN/operations/topology", "curl ORIGIN/health", "curl ORIGIN/metrics",
  "curl -N ORIGIN/operations/events"].join('\n').replaceAll('ORIGIN', location.origin));
watch();
ask('/counters/visits').then(({ ok, answer }) => { if (ok) say('value', String(answer.value)); });
(async () => {
  for (;;) {
    await look();
    await new Promise((next) => setTimeout(next, 1000));
  }
})();
`;
