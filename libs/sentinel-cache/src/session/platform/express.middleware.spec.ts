import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

import { afterEach, describe, expect, it } from '@jest/globals';

import { createCaches } from '../../cache/create-caches.js';
import { resolveSettings } from '../../settings/resolve-settings.js';
import { SYSTEM_CLOCK } from '../../time/clock.js';
import type { CacheSession } from '../state/cache-session.js';
import { CacheEngine } from '../engines/cache.engine.js';
import { createExpressSession } from './express.middleware.js';
import { SessionExchange } from '../exchange/session-exchange.js';

type Handler = (request: IncomingMessage & { session: CacheSession }, response: ServerResponse) => Promise<void>;

const settings = { CACHES: { default: { BACKEND: 'locmem' } }, SESSION_ENGINE: 'django.contrib.sessions.backends.cache' };

/** A store that can be asked to fail at saving. */
class FailingEngine extends CacheEngine {
  override create(): Promise<boolean> {
    return Promise.reject(new Error('the store is away'));
  }
}

describe.each(['a middleware', 'a listener of the server'])('by %s: a streamed response and its session', (by) => {
  let stop: () => Promise<unknown>;
  afterEach(() => stop());

  async function responseOf(
    engine: CacheEngine,
    handler: Handler,
  ): Promise<{ status: number; body: string; errors: unknown[]; late: unknown[] }> {
    const hooks = { onBegin: () => undefined, onSaved: () => Promise.resolve() };
    const exchange = new SessionExchange(engine, resolveSettings(settings).sessions!, SYSTEM_CLOCK, hooks);
    const errors: unknown[] = [];
    const late: unknown[] = [];
    const { middleware, attachTo } = createExpressSession(exchange, (error) => errors.push(error));
    let handled!: Promise<void>;
    const server = createServer((request, response) => {
      response.on('error', (error) => late.push(error));
      middleware(request, response, () => {
        handled = handler(request as never, response);
      });
    });
    if (by === 'a listener of the server') attachTo(server);
    stop = async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    };
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const response = await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
    const body = await response.text();
    await handled;
    await pause(1);
    return { status: response.status, body, errors, late };
  }

  const stream: Handler = async ({ session }, response) => {
    await session.set('a', 1);
    response.writeHead(201, { 'Content-Type': 'text/plain' });
    response.write('one ');
    // Some of these fall between the end of the replacement and the moment the response is torn down.
    for (let i = 0; i < 50; i += 1) {
      await Promise.resolve();
      response.write('.');
    }
    await nextTurn();
    response.write('two ');
    response.end('three');
  };

  it('goes out whole and in order, once the session is saved', async () => {
    const received = await responseOf(new CacheEngine(createCaches(settings).get()), stream);
    expect(received).toEqual({ status: 201, body: `one ${'.'.repeat(50)}two three`, errors: [], late: [] });
  });

  it('S-48: is replaced when the session can not be saved, and what the handler still writes is dropped', async () => {
    const { status, body, errors, late } = await responseOf(new FailingEngine(createCaches(settings).get()), stream);
    expect([status, body]).toEqual([503, '{"statusCode":503,"message":"The session is not available right now."}']);
    expect(errors).toHaveLength(1);
    expect(late).toEqual([]);
  });

  it('a response that never touches its session passes as it is, headers and all', async () => {
    const received = await responseOf(new FailingEngine(createCaches(settings).get()), async (_, response) => {
      response.writeHead(202);
      response.write('a');
      await nextTurn();
      response.end('b');
    });
    expect(received).toEqual({ status: 202, body: 'ab', errors: [], late: [] });
  });

  it('a session that is first used after the response has begun can be read and not written', async () => {
    const seen: unknown[] = [];
    const received = await responseOf(new CacheEngine(createCaches(settings).get()), async ({ session }, response) => {
      response.write('a');
      seen.push(await session.get('x'), await session.set('x', 1).catch((error: Error) => error.constructor.name));
      response.end('b');
    });
    expect([received.body, seen]).toEqual(['ab', [undefined, 'SessionClosedError']]);
  });

  it('the sessions of another exchange on the same request are a clear error', async () => {
    const hooks = { onBegin: () => undefined, onSaved: () => Promise.resolve() };
    const other = new SessionExchange(
      new CacheEngine(createCaches(settings).get()),
      resolveSettings(settings).sessions!,
      SYSTEM_CLOCK,
      hooks,
    );
    const told: unknown[] = [];
    await responseOf(new CacheEngine(createCaches(settings).get()), async (request, response) => {
      createExpressSession(other, () => undefined).middleware(request, response, (error) => told.push(error));
      response.end();
    });
    expect(told).toEqual([expect.objectContaining({ message: expect.stringContaining('another session middleware') })]);
  });
});
