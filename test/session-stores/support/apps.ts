import type { AddressInfo } from 'node:net';

import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import express, { type NextFunction, type Request, type Response } from 'express';
import session from 'express-session';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';

declare module 'express-session' {
  interface SessionData {
    user?: string;
    n?: number;
    fields?: Record<string, unknown>;
  }
}
declare module 'fastify' {
  interface Session {
    user?: string;
    n?: number;
    fields?: Record<string, unknown>;
  }
}

export const SECRET = 'a secret of thirty-two characters!';

/** What the routes need of either library's session. */
export interface AppSession {
  user?: string;
  n?: number;
  fields?: Record<string, unknown>;
  readonly cookie: { originalMaxAge: number | null; maxAge?: number | null; expires?: Date | null };
}

export interface Settings {
  readonly maxAge?: number;
  readonly rolling?: boolean;
  readonly saveUninitialized?: boolean;
}

/** What `/slow...` routes wait for, once they have their session. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private readonly arrivals: (() => void)[] = [];
  /** Called by a route. */
  pass(): Promise<void> {
    return new Promise((go) => {
      this.waiting.push(go);
      this.arrivals.shift()?.();
    });
  }
  /** Until as many routes wait. */
  async arrived(count = 1): Promise<void> {
    while (this.waiting.length < count) await new Promise<void>((next) => this.arrivals.push(next));
  }
  open(): void {
    for (const go of this.waiting.splice(0)) go();
  }
}

export interface App {
  readonly origin: string;
  readonly gate: Gate;
  /** What the application's error handler was given. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** The same routes on both; `id` is the session's. */
const routes: Record<string, (at: AppSession, gate: Gate, query: Record<string, string>) => unknown> = {
  '/me': () => undefined,
  '/login': (at, _, { user }) => void (at.user = user),
  '/count': (at) => void (at.n = (at.n ?? 0) + 1),
  '/remember': (at, _, { ms }) => void (at.cookie.maxAge = Number(ms)),
  '/slow-read': (_, gate) => gate.pass(),
  '/slow-write': async (at, gate, { field }) => {
    await gate.pass();
    at.fields = { ...at.fields, [String(field)]: true };
  },
};

const shown = (id: string, { user, n, fields, cookie }: AppSession): Record<string, unknown> => ({
  id,
  user,
  n,
  fields,
  originalMaxAge: cookie.originalMaxAge,
  maxAge: cookie.maxAge,
});

export async function startExpress(store: session.Store, settings: Settings = {}): Promise<App> {
  const { maxAge, ...rest } = settings;
  const app = express();
  const gate = new Gate();
  const errors: unknown[] = [];
  const cookie = maxAge === undefined ? {} : { maxAge };
  app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie, ...rest }));
  for (const [path, route] of Object.entries(routes)) {
    app.get(path, async (req, res) => {
      await route(req.session as AppSession, gate, req.query as Record<string, string>);
      res.json(shown(req.sessionID, req.session as AppSession));
    });
  }
  const told = (res: Response, next: NextFunction) => (error: unknown) => (error ? next(error) : void res.json({}));
  app.get('/regenerate', (req, res, next) => void req.session.regenerate(told(res, next)));
  app.get('/destroy', (req, res, next) => void req.session.destroy(told(res, next)));
  app.get('/slow-save', async (req, res, next) => {
    await gate.pass();
    req.session.user = 'back again';
    req.session.save(told(res, next));
  });
  app.get('/destroy-and-forget', (req, res) => {
    req.session.destroy(undefined as never);
    res.json({});
  });
  app.use((error: { statusCode?: number }, _: Request, res: Response, next: NextFunction) => {
    errors.push(error);
    if (res.headersSent) return next(error);
    res.status(error.statusCode ?? 500).json({});
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, gate, errors, close };
}

export async function startFastify(store: fastifySession.SessionStore, settings: Settings = {}): Promise<App> {
  const { maxAge, ...rest } = settings;
  const app = Fastify({ forceCloseConnections: true });
  const gate = new Gate();
  const errors: unknown[] = [];
  await app.register(fastifyCookie);
  const cookie = { secure: false, ...(maxAge === undefined ? {} : { maxAge }) };
  await app.register(fastifySession, { store, secret: SECRET, saveUninitialized: false, cookie, ...rest });
  for (const [path, route] of Object.entries(routes)) {
    app.get(path, async (request: FastifyRequest) => {
      await route(request.session as AppSession, gate, request.query as Record<string, string>);
      return shown(request.session.sessionId, request.session as AppSession);
    });
  }
  app.get('/regenerate', async (request) => {
    await request.session.regenerate();
    return {};
  });
  app.get('/destroy', async (request) => {
    await request.session.destroy();
    return {};
  });
  app.setErrorHandler((error: { statusCode?: number }, _, reply: FastifyReply) => {
    errors.push(error);
    return reply.code(error.statusCode ?? 500).send({});
  });
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return { origin, gate, errors, close: () => app.close() };
}
