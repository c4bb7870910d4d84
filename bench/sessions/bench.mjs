/**
 * Sessions side by side: Express, 50 connections, each contender a process of its own on one Redis, taken in turn, three rounds.
 * Prints requests a second (median of the rounds) and ratios. Asserts nothing: machines differ.
 *
 *   SECONDS=5 ROUNDS=3 npm run bench:sessions
 */
import autocannon from 'autocannon';
import { login, startContender, startRedis } from './contender.mjs';

const SECONDS = Number(process.env.SECONDS ?? 5);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const WARM_UP_SECONDS = 1;
const CONNECTIONS = 50;
const CONTENDERS = ['bare', 'none', 'connect-redis', 'our store', 'native'];
const ROUTES = ['untouched', 'read', 'write'];

/** A cookie per connection: 50 visitors, not one visitor 50 times. */
async function load({ origin }, route, cookies, duration) {
  let next = 0;
  const result = await autocannon({
    url: `${origin}/${route}`,
    connections: CONNECTIONS,
    duration,
    setupClient: (client) => client.setHeaders({ cookie: cookies[next++ % cookies.length] }),
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${route}: ${result.non2xx} refused, ${result.errors} errors`);
  return result.requests.average;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function measure(contenders) {
  const rates = new Map(contenders.map(({ name }) => [name, new Map(ROUTES.map((route) => [route, []]))]));
  const cookies = new Map();
  for (const contender of contenders)
    cookies.set(contender.name, await Promise.all(Array.from({ length: CONNECTIONS }, () => login(contender.origin))));
  // Who has no sessions gives no cookie; its requests are as long as ours all the same.
  for (const name of ['bare', 'none']) cookies.set(name, cookies.get('native') ?? cookies.get(name));
  for (let round = 1; round <= ROUNDS; round += 1) {
    console.error(`round ${round} of ${ROUNDS} ...`);
    for (const route of ROUTES) {
      for (const contender of contenders) {
        await load(contender, route, cookies.get(contender.name), WARM_UP_SECONDS);
        rates
          .get(contender.name)
          .get(route)
          .push(await load(contender, route, cookies.get(contender.name), SECONDS));
      }
    }
  }
  return (name, route) => (rates.has(name) ? median(rates.get(name).get(route)) : NaN);
}

function print(rate, names) {
  const ratio = (route, name, base) => `${(rate(name, route) / rate(base, route)).toFixed(2)}`;
  console.log('\nrequests a second, median of the rounds');
  console.table(
    Object.fromEntries(
      names.map((name) => [name, Object.fromEntries(ROUTES.map((route) => [route, Math.round(rate(name, route))]))]),
    ),
  );
  console.log('ratios');
  const rows = names.filter((name) => name !== 'bare');
  console.table(
    Object.fromEntries(
      rows.map((name) => [
        name,
        {
          'untouched / bare': ratio('untouched', name, 'bare'),
          'untouched / none': ratio('untouched', name, 'none'),
          'read / connect-redis': ratio('read', name, 'connect-redis'),
          'write / connect-redis': ratio('write', name, 'connect-redis'),
        },
      ]),
    ),
  );
}

const redis = await startRedis();
const contenders = [];
try {
  for (const name of CONTENDERS) contenders.push(await startContender(name, redis.url()));
  const rate = await measure(contenders);
  print(
    rate,
    contenders.map(({ name }) => name),
  );
} finally {
  await Promise.all(contenders.map((contender) => contender.stop()));
  await redis.stop();
}
