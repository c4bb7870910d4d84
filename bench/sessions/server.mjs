/** One contender in a process of its own: an Express app whose sessions are kept the way `argv[2]` says. Tells its port to its parent. */
import { createServer } from 'node:http';
import express from 'express';

const [contender, redisUrl] = process.argv.slice(2);
const secret = 'a secret of thirty-two characters!';
const settings = { secret, resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } };
const dist = (file) => new URL(`../../libs/sentinel-cache/dist/${file}`, import.meta.url).href;
const caches = { default: { BACKEND: 'redis', LOCATION: redisUrl, KEY_PREFIX: 'bench' } };

const withoutSessions = { use: (_request, _response, next) => next(), read: () => undefined, write: () => undefined };

/** Each gives back the middleware, and the routes' two verbs; `undefined` when it can't be had. */
const contenders = {
  // Express alone.
  bare: async () => withoutSessions,

  // The same application as 'native' with its cache in use, and no SESSION_ENGINE: what sessions add is measured against this.
  none: async () => {
    const { createCaches } = await import(dist('cache/create-caches.js'));
    await createCaches(caches).get().set('in use', 1);
    return withoutSessions;
  },

  'connect-redis': async () => {
    const { default: session } = await import('express-session');
    const { RedisStore } = await import('connect-redis');
    const { createClient } = await import('redis');
    const client = await createClient({ url: redisUrl }).connect();
    return { use: session({ ...settings, store: new RedisStore({ client }) }), ...expressVerbs };
  },

  'our store': async () => {
    const { default: session } = await import('express-session');
    const { createCaches } = await import(dist('index.js'));
    const { CacheSessionStore } = await import(dist('express-session.js'));
    return { use: session({ ...settings, store: new CacheSessionStore(createCaches(caches).strict()) }), ...expressVerbs };
  },

  // Our own sessions, as SentinelCacheModule sets them up on Express.
  native: async () => {
    const [{ createCaches }, { createExpressSession }, { Sessions }, { CacheEngine }, { resolveSettings }] = await Promise.all(
      [
        'cache/create-caches',
        'session/express.middleware',
        'session/sessions',
        'session/engines/cache.engine',
        'settings/resolve-settings',
      ].map((file) => import(dist(`${file}.js`))),
    );
    const settings = { CACHES: caches, SESSION_ENGINE: 'django.contrib.sessions.backends.cache' };
    const { sessions: config, auth } = resolveSettings(settings);
    const cache = createCaches(settings).get();
    const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
    const sessions = new Sessions({
      engine: new CacheEngine(cache),
      config,
      auth,
      cache,
      clock,
      onError: (error) => console.error(error),
    });
    const session = createExpressSession(sessions.exchange, (error) => console.error(error));
    return {
      use: session.middleware,
      installOn: session.installOn,
      attachTo: session.attachTo,
      login: async ({ session }) => void (await session.set('user', profile())),
      read: async ({ session }) => (await session.get('user'))?.name,
      write: async ({ session }) => void (await session.set('n', ((await session.get('n')) ?? 0) + 1)),
    };
  },
};

const profile = () => ({ id: 7, name: 'Ada', roles: ['reader', 'writer'], cart: [1, 2, 3].map((id) => ({ id, amount: 2 })) });
const expressVerbs = {
  login: ({ session }) => void (session.user = profile()),
  read: ({ session }) => session.user?.name,
  write: ({ session }) => void (session.n = (session.n ?? 0) + 1),
};

const made = await contenders[contender]();
if (made === undefined) {
  process.send({ unavailable: true });
  process.disconnect();
} else {
  const app = express();
  app.disable('etag');
  made.installOn?.(app);
  app.use(made.use);
  app.get('/login', async (request, response) => response.json({ done: (await made.login?.(request)) ?? true }));
  app.get('/untouched', (_request, response) => response.json({ hello: 'world' }));
  app.get('/read', async (request, response) => response.json({ name: await made.read(request) }));
  app.get('/write', async (request, response) => {
    await made.write(request);
    response.json({ hello: 'world' });
  });
  const server = createServer(app);
  made.attachTo?.(server);
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('disconnect', () => process.exit());
}
