/**
 * The two races of express-session, 200 times each: two requests write different fields at the same time (is one lost?), and a slow
 * request saves after the session was destroyed (is it back?). With connect-redis, for comparison with our store.
 */
import express from 'express';
import session from 'express-session';
import { startRedis } from './contender.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 200);
const dist = (file) => new URL(`../../libs/sentinel-cache/dist/${file}`, import.meta.url).href;

const stores = {
  'connect-redis': async (url) => {
    const { RedisStore } = await import('connect-redis');
    const { createClient } = await import('redis');
    const client = await createClient({ url }).connect();
    return { store: new RedisStore({ client }), close: () => client.close() };
  },
  'our store': async (url) => {
    const { createCaches } = await import(dist('index.js'));
    const { CacheSessionStore } = await import(dist('express-session.js'));
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: url } });
    return { store: new CacheSessionStore(caches.strict()), close: () => caches.close() };
  },
};

/** Requests to `/slow` wait here, with their session read, until `count` of them have come. */
function barrier() {
  const waiting = [];
  return {
    pass: () => new Promise((go) => waiting.push(go)),
    arrived: async (count) => {
      while (waiting.length < count) await new Promise((next) => setImmediate(next));
    },
    open: () => waiting.splice(0).forEach((go) => go()),
  };
}

function startApp(store) {
  const app = express();
  const gate = barrier();
  app.use(session({ store, secret: 'x', resave: false, saveUninitialized: false, cookie: { maxAge: 60_000 } }));
  app.get('/login', (request, response) => {
    request.session.user = 'Ada';
    response.json({});
  });
  app.get('/slow/:field', async (request, response) => {
    await gate.pass();
    request.session[request.params.field] = true;
    response.json({});
  });
  app.get('/logout', (request, response, next) => request.session.destroy((error) => (error ? next(error) : response.json({}))));
  app.get('/me', (request, response) => response.json(request.session));
  // Sent already: express-session ends the response.
  app.use((error, _request, response, _next) => {
    if (!response.headersSent) response.status(error.statusCode ?? 500).json({});
  });
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () =>
      resolve({ gate, server, origin: `http://127.0.0.1:${server.address().port}` }),
    );
  });
}

async function races({ origin, gate }) {
  const get = (path, cookie = '') => fetch(origin + path, { headers: { cookie } });
  const settled = (answer) => answer.then((response) => response.text()).catch((error) => error.message);
  const login = async () => (await get('/login')).headers.getSetCookie()[0].split(';')[0];
  const counts = { lost: 0, resurrected: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const writer = await login();
    const writes = ['a', 'b'].map((field) => settled(get(`/slow/${field}`, writer)));
    await gate.arrived(2);
    gate.open();
    await Promise.all(writes);
    const { a, b } = await (await get('/me', writer)).json();
    if (!(a && b)) counts.lost += 1;

    const leaver = await login();
    const slow = settled(get('/slow/a', leaver));
    await gate.arrived(1);
    await settled(get('/logout', leaver));
    gate.open();
    await slow;
    if ((await (await get('/me', leaver)).json()).user) counts.resurrected += 1;
  }
  return counts;
}

const redis = await startRedis();
const table = {};
try {
  for (const [name, make] of Object.entries(stores)) {
    const { store, close } = await make(redis.url());
    const app = await startApp(store);
    const { lost, resurrected } = await races(app);
    table[name] = { 'lost concurrent write': `${lost} of ${ROUNDS}`, 'back after destroy': `${resurrected} of ${ROUNDS}` };
    app.server.closeAllConnections();
    app.server.close();
    await close();
  }
} finally {
  await redis.stop();
}
console.table(table);
