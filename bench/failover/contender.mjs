/** One contender in a process of its own: 50 RPUSH a second of numbers that nobody else pushes, open loop, until told to stop. */
import { CONTENDERS } from './contenders.mjs';

const EVERY_MS = 20;
const SETTLE_MS = 5000;
const now = () => performance.timeOrigin + performance.now();

const [name, json] = process.argv.slice(2);
const at = JSON.parse(json);
const entries = [];
let accidents = 0;
process.on('unhandledRejection', () => (accidents += 1));
process.on('uncaughtException', () => (accidents += 1));

function push(client) {
  const entry = { number: entries.length, startedAtMs: now() };
  entries.push(entry);
  const settle = (outcome) => Object.assign(entry, outcome, { settledAtMs: now() });
  Promise.resolve()
    .then(() => client.push(at.key, entry.number))
    .then(
      () => settle({ acknowledged: true }),
      (error) => settle({ rejected: true, unknown: error.executed === 'unknown' }),
    );
}

const client = await CONTENDERS[name](at);
const timer = setInterval(() => push(client), EVERY_MS);
async function finish() {
  clearInterval(timer);
  const untilMs = now() + SETTLE_MS;
  while (entries.some((entry) => !entry.settledAtMs) && now() < untilMs) await new Promise((next) => setTimeout(next, 50));
  process.send({ entries, accidents }, () => process.exit(0));
}

process.once('message', () => void finish());
process.send('running');
