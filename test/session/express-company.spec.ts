import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

import compression from 'compression';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import expressSession from 'express-session';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCaches, type CacheSession, type SentinelCaches } from 'nestjs-sentinel-cache';

import { CacheEngine } from '../../libs/sentinel-cache/src/session/engines/cache.engine.js';
import { createExpressSession } from '../../libs/sentinel-cache/src/session/platform/express.middleware.js';
import { SessionExchange } from '../../libs/sentinel-cache/src/session/exchange/session-exchange.js';
import { resolveSettings } from '../../libs/sentinel-cache/src/settings/resolve-settings.js';
import { SYSTEM_CLOCK } from '../../libs/sentinel-cache/src/time/clock.js';

type Handler = (request: Request & { session: CacheSession }, response: Response, next: NextFunction) => unknown;

const SETTINGS = { CACHES: { default: { BACKEND: 'locmem', LOCATION: 'company' } }, SESSION_ENGINE: 'cache' };
/** What is stored has a session cookie; a visitor can be told from it. */
const cookieOf = (response: request.Response): string | undefined =>
  (response.get('Set-Cookie') ?? []).find((line) => line.startsWith('sessionid='))?.split(';')[0];

describe.each(['prepared by application and server, as in Nest', 'prepared by the server', 'by the middleware alone'])(
  'sessions in company on Express, %s',
  (way) => {
    let caches: SentinelCaches;
    let errors: unknown[];
    let server: Server | undefined;
    beforeEach(() => {
      caches = createCaches(SETTINGS as never);
      errors = [];
    });
    afterEach(async () => {
      server?.closeAllConnections();
      server?.close();
      if (server) await once(server, 'close');
      server = undefined;
      await caches.close();
    });

    /** A server of an Express application; `use` puts the sessions in. */
    async function serve(
      build: (app: Express, use: () => void) => void,
      more: object = {},
      engine = new CacheEngine(caches.get()),
      outermost?: Express,
    ) {
      const hooks = { onBegin: () => undefined, onSaved: () => Promise.resolve() };
      const config = resolveSettings({ ...SETTINGS, ...more } as never).sessions!;
      const exchange = new SessionExchange(engine, config, SYSTEM_CLOCK, hooks);
      const sessions = createExpressSession(exchange, (error) => errors.push(error));
      const app = express();
      if (way === 'prepared by application and server, as in Nest') sessions.installOn(app as never);
      build(app, () => app.use(sessions.middleware));
      server = createServer(outermost ?? app);
      if (way !== 'by the middleware alone') sessions.attachTo(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return request(server);
    }

    const on =
      (handler: Handler) =>
      async (req: Request, res: Response, next: NextFunction): Promise<void> => {
        try {
          await handler(req as never, res, next);
        } catch (error) {
          next(error);
        }
      };
    const SET = on(async ({ session }, res) => {
      await session.set('a', 1);
      res.json({ done: true });
    });

    it.each(['before', 'after'])(
      'with compression %s them, a response in pieces goes out whole, compressed or not',
      async (where) => {
        const http = await serve((app, use) => {
          if (where === 'before') app.use(compression({ threshold: 0 }));
          use();
          if (where === 'after') app.use(compression({ threshold: 0 }));
          app.get(
            '/pieces',
            on(async ({ session }, res) => {
              await session.set('a', 1);
              res.type('text/plain');
              res.write('one ');
              await nextTurn();
              res.write('two ');
              res.end('three');
            }),
          );
        });
        for (const encoding of ['gzip', 'identity']) {
          const response = await http.get('/pieces').set('Accept-Encoding', encoding);
          expect([response.status, response.text, response.get('Content-Encoding')]).toEqual([
            200,
            'one two three',
            encoding === 'gzip' ? 'gzip' : undefined,
          ]);
          expect(cookieOf(response)).toBeDefined();
        }
        expect(errors).toEqual([]);
      },
    );

    it('what an application leaves to the one it is mounted in is answered there, session saved and all', async () => {
      const parent = express();
      const http = await serve(
        (app, use) => {
          parent.use('/inner', app);
          use();
          app.get(
            '/set',
            on(async ({ session }, _res, next) => {
              await session.set('a', 1);
              next();
            }),
          );
        },
        {},
        new CacheEngine(caches.get()),
        parent,
      );
      parent.use((_req, res) => void res.json({ answered: 'outside' }));
      const response = await http.get('/inner/set');
      expect([response.status, response.body]).toEqual([200, { answered: 'outside' }]);
      expect(cookieOf(response)).toBeDefined();
    });

    it('a replaced response is not called compressed', async () => {
      const failing = new CacheEngine(caches.get());
      failing.create = () => Promise.reject(new Error('the store is away'));
      const http = await serve(
        (app, use) => {
          app.use(compression({ threshold: 0 }));
          use();
          app.get('/', SET);
        },
        {},
        failing,
      );
      const response = await http.get('/').set('Accept-Encoding', 'gzip');
      expect([response.status, response.body.statusCode]).toEqual([503, 503]);
    });

    it('what is answered before them, or beside them, is not touched', async () => {
      const http = await serve(
        (app, use) => {
          app.get('/early', (_, res) => void res.json({ early: true }));
          app.use('/legacy', expressSession({ secret: 's', resave: false, saveUninitialized: false }));
          app.get('/legacy', (req, res) => {
            (req.session as unknown as { n: number }).n = 1;
            res.json({ legacy: true });
          });
          use();
          app.get('/', SET);
        },
        { SESSION_SAVE_EVERY_REQUEST: true },
      );
      const early = await http.get('/early').set('Cookie', 'sessionid=abc');
      expect([early.status, early.get('Set-Cookie'), early.get('Vary')]).toEqual([200, undefined, undefined]);
      const legacy = await http.get('/legacy');
      expect([legacy.status, legacy.get('Set-Cookie')![0]]).toEqual([200, expect.stringMatching(/^connect\.sid=/)]);
      expect(cookieOf(await http.get('/'))).toBeDefined();
    });

    it('a mounted application has its sessions, and so has the one around it', async () => {
      const http = await serve((app, use) => {
        use();
        const child = express();
        child.get(
          '/read',
          on(async ({ session }, res) => void res.json({ a: await session.get('a') })),
        );
        child.get('/set', SET);
        app.get(
          '/child/*rest',
          on(async ({ session }, _, next) => {
            await session.get('a');
            next();
          }),
        );
        app.use('/child', child);
        app.get('/set', SET);
      });
      for (const path of ['/set', '/child/set']) {
        const cookie = cookieOf(await http.get(path))!;
        expect((await http.get('/child/read').set('Cookie', cookie)).body).toEqual({ a: 1 });
      }
    });

    it('req.session deleted, or made null, by somebody before them: begun anew, or a clear error', async () => {
      const http = await serve((app, use) => {
        app.get('/deleted', (req, _, next) => {
          delete (req as { session?: unknown }).session;
          next();
        });
        app.get('/null', (req, _, next) => {
          (req as { session?: unknown }).session = null;
          next();
        });
        use();
        app.get('/{*path}', SET);
        app.use((error: Error, _: Request, res: Response, __: NextFunction) => void res.status(500).send(error.message));
      });
      expect(cookieOf(await http.get('/deleted'))).toBeDefined();
      const response = await http.get('/null');
      expect([response.status, response.text]).toEqual([500, expect.stringContaining('req.session is there already')]);
    });

    it('a cookie header that a middleware before them has written counts', async () => {
      const http = await serve((app, use) => {
        app.use((req, _, next) => {
          req.headers.cookie = req.get('X-Session');
          next();
        });
        use();
        app.get('/set', SET);
        app.get(
          '/read',
          on(async ({ session }, res) => void res.json({ a: (await session.get('a')) ?? null })),
        );
      });
      const cookie = cookieOf(await http.get('/set'))!;
      expect((await http.get('/read').set('X-Session', cookie)).body).toEqual({ a: 1 });
    });

    it('a handler that answers, and then answers again or throws, harms nobody', async () => {
      const http = await serve((app, use) => {
        use();
        app.get(
          '/polite',
          on(async ({ session }, res) => {
            await session.set('a', 1);
            res.json({ first: true });
            if (!res.headersSent) res.json({ second: true });
          }),
        );
        app.get(
          '/ends-twice',
          on(async ({ session }, res) => {
            await session.set('a', 1);
            res.end('first');
            res.end('second');
            res.write('third');
          }),
        );
        app.get(
          '/throws',
          on(async ({ session }, res) => {
            await session.set('a', 1);
            res.json({ first: true });
            throw new Error('late');
          }),
        );
        app.get('/', SET);
      });
      expect((await http.get('/polite')).body).toEqual({ first: true });
      expect((await http.get('/ends-twice')).text ?? '').toBe('first');
      // As without sessions: Express tears the connection of a late error down.
      await http.get('/throws').catch(() => undefined);
      expect((await http.get('/')).body).toEqual({ done: true });
    });

    it.each([
      ['an object', [200, { 'Set-Cookie': ['x=1', 'y=2'], Vary: 'Accept' }]],
      ['a message and an object', [200, 'Fine', { 'Set-Cookie': ['x=1', 'y=2'], Vary: 'Accept' }]],
      ['a flat list', [200, ['Set-Cookie', 'x=1', 'Vary', 'Accept', 'Set-Cookie', 'y=2']]],
    ])('headers given to writeHead as %s stand beside the session´s own', async (_, args) => {
      const http = await serve((app, use) => {
        use();
        app.get(
          '/',
          on(async ({ session }, res) => {
            await session.set('a', 1);
            (res.writeHead as (...given: unknown[]) => Response)(...args).end('ok');
          }),
        );
      });
      const response = await http.get('/');
      expect(response.get('Set-Cookie')).toEqual(['x=1', 'y=2', expect.stringMatching(/^sessionid=/)]);
      expect(response.get('Vary')).toBe('Accept, Cookie');
    });

    it('a session that a handler sends by mistake is empty', async () => {
      const http = await serve((app, use) => {
        use();
        app.get(
          '/',
          on(async ({ session }, res) => void (await session.get('a'), res.json(session))),
        );
      });
      const { status, text } = await http.get('/');
      expect([status, text]).toEqual([200, '{}']);
    });
  },
);
