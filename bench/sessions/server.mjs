/** One contender in a process of its own: an Express app whose sessions are kept the way `argv[2]` says. Tells its port to its parent. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';

const [contender, redisUrl] = process.argv.slice(2);
const secret = 'a secret of thirty-two characters!';
const settings = { secret, resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } };
const dist = (file) => new URL(`../../libs/sentinel-cache/dist/${file}`, import.meta.url).href;
const caches = { default: { BACKEND: 'redis', LOCATION: redisUrl, KEY_PREFIX: 'bench' } };

const withoutSessions = { use: (_request, _response, next) => next(), read: () => undefined, write: () => undefined };

/** Each gives back the middleware and what the routes do; `listen` where it has a server of its own. */
const contenders = {
  // Express alone.
  bare: async () => withoutSessions,

  // The same application as 'native' with its cache in use, and no SESSION_ENGINE: what sessions add is measured against this.
  none: async () => {
    const { SentinelCaches } = await import(dist('index.js'));
    const nest = await nestAround({ CACHES: caches });
    await nest.get(SentinelCaches).get().set('in use', 1);
    return { ...withoutSessions, listen: () => listenOf(nest) };
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

  // Our own sessions.
  native: async () => {
    const nest = await nestAround({ CACHES: caches, SESSION_ENGINE: 'django.contrib.sessions.backends.cache' });
    return {
      login: async ({ session }) => void (await session.set('user', profile())),
      read: async ({ session }) => (await session.get('user'))?.name,
      write: async ({ session }) => void (await session.set('n', ((await session.get('n')) ?? 0) + 1)),
      listen: () => listenOf(nest),
    };
  },
};

/** A Nest application around the Express one and its routes. */
async function nestAround(settings) {
  await import('reflect-metadata');
  const [{ Module }, { NestFactory }, { ExpressAdapter }, { SentinelCacheModule }] = await Promise.all(
    ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express', dist('index.js')].map((name) => import(name)),
  );
  class App {
    configure(consumer) {
      // Nest mounts a middleware on what it matched.
      consumer
        .apply((request, response, next) => routes(Object.assign(request, { url: request.originalUrl }), response, next))
        .forRoutes('{*path}');
    }
  }
  Module({ imports: [SentinelCacheModule.forRoot(settings)] })(App);
  return NestFactory.create(App, new ExpressAdapter(app), { bodyParser: false, logger: ['error'] });
}

const listenOf = async (nest) => (await nest.listen(0, '127.0.0.1')).address().port;

const profile = () => ({ id: 7, name: 'Ada', roles: ['reader', 'writer'], cart: [1, 2, 3].map((id) => ({ id, amount: 2 })) });
const expressVerbs = {
  login: ({ session }) => void (session.user = profile()),
  read: ({ session }) => session.user?.name,
  write: ({ session }) => void (session.n = (session.n ?? 0) + 1),
};

const app = express();
app.disable('etag');
const routes = express.Router();
const made = await contenders[contender]();
routes.get('/login', async (request, response) => response.json({ done: (await made.login?.(request)) ?? true }));
routes.get('/untouched', (_request, response) => response.json({ hello: 'world' }));
routes.get('/read', async (request, response) => response.json({ name: await made.read(request) }));
routes.get('/write', async (request, response) => {
  await made.write(request);
  response.json({ hello: 'world' });
});
process.send({ port: await (made.listen ?? listen)() });
process.on('disconnect', () => process.exit());

async function listen() {
  app.use(made.use, routes);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}
