import { TOOLS } from '../public/page-tools.js';

/**
 * Runs in the browser, where there is JavaScript: a look at Redis each second. Everything else on these pages
 * works without it.
 */
export const ACCOUNT_SCRIPT = String.raw`${TOOLS}
function show(kind, badge, text) {
  at('state').className = 'state ' + kind;
  say('badge', badge);
  say('stateText', text);
}

async function look() {
  const [health, topology] = await Promise.all([ask('/operations/health'), ask('/operations/topology')]);
  if (!topology.ok) return show('down', 'gone', 'The demo itself does not answer.');
  const { primary } = topology.answer;
  if (topology.answer.topology === 'none') return show('up', 'no Redis', 'Running on the memory of this process (locmem).');
  if (!health.ok) return show('down', 'away', 'Redis is away. Your session waits for it.');
  if (!primary) return show('wait', 'changing', 'Connected, looking again ...');
  show('up', 'up', 'The primary is ' + primary + '.');
}

(async () => {
  for (;;) {
    await look();
    await new Promise((next) => setTimeout(next, 1000));
  }
})();
`;
