/* A look at Redis each second, where there is JavaScript. Everything else on these pages works without it. */
import { ask, at, fill, say } from './tools.js';

const texts = JSON.parse(at('texts').textContent);

function show(status, primary) {
  at('state').className = 'state ' + status;
  say('badge', texts.badge[status]);
  say('stateText', fill(texts[status], { primary: primary ?? '' }));
}

async function look() {
  const [health, topology] = await Promise.all([ask('/operations/health'), ask('/operations/topology')]);
  if (!topology.ok) return show('gone');
  const { primary } = topology.data;
  if (topology.data.topology === 'none') return show('none');
  if (!health.ok) return show('away');
  show(primary ? 'up' : 'changing', primary);
}

for (;;) {
  await look();
  await new Promise((next) => setTimeout(next, 1000));
}
