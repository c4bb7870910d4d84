/** One contender in a process of its own. Each message asks for one measurement: `{ call, value, callers, ms }`. */
import { CONTENDERS } from './contenders.mjs';
import { VALUES } from './values.mjs';

const KEYS = 1000;
const KEYS_OF_MGET = 100;

const [name, json] = process.argv.slice(2);
const client = await CONTENDERS[name](JSON.parse(json));
const prefix = `${name.replaceAll(/\W/g, '')}:`;
const keysOf = (value) => Array.from({ length: KEYS }, (_, i) => `${prefix}${value}:${i}`);

/** What one caller does again and again. */
function deed(call, value) {
  const keys = keysOf(value);
  let next = 0;
  const key = () => keys[(next = (next + 1) % KEYS)];
  if (call === 'get') return () => client.get(key());
  if (call === 'set') return () => client.set(key(), VALUES[value]);
  const lists = Array.from({ length: KEYS / KEYS_OF_MGET }, (_, i) => keys.slice(i * KEYS_OF_MGET, (i + 1) * KEYS_OF_MGET));
  return () => client.mget(lists[(next = (next + 1) % lists.length)]);
}

/** Closed loop: each caller calls again as soon as it is answered. */
async function measure({ call, value, callers, ms }) {
  const act = deed(call, value);
  const untilMs = performance.now() + ms;
  let calls = 0;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const caller = async () => {
    while (performance.now() < untilMs) {
      await act();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const { user, system } = process.cpuUsage(startedCpu);
  return { perSecond: (calls / (performance.now() - startedMs)) * 1000, cpuUs: (user + system) / calls };
}

for (const value of Object.keys(VALUES)) for (const key of keysOf(value)) await client.set(key, VALUES[value]);
const found = await client.get(keysOf('80 B')[0]);
if (JSON.stringify(found) !== JSON.stringify(VALUES['80 B'])) throw new Error(`${name} does not find what it stored.`);

process.on('message', (task) => void measure(task).then((figures) => process.send(figures)));
process.once('disconnect', () => process.exit(0));
process.send('ready');
