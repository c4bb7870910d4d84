import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type Express } from 'express';

import { CacheUnavailableError } from '../../libs/sentinel-cache/src/errors/cache-unavailable.error.js';
import type { CacheSession } from '../../libs/sentinel-cache/src/session/state/cache-session.js';
import { createExpressSession } from '../../libs/sentinel-cache/src/session/platform/express.middleware.js';
import type { SessionEngine } from '../../libs/sentinel-cache/src/session/port/session-engine.js';
import { SessionExchange } from '../../libs/sentinel-cache/src/session/exchange/session-exchange.js';
import { SYSTEM_CLOCK } from '../../libs/sentinel-cache/src/time/clock.js';
import { sessionSettings } from './engines.suite.js';

const RESPONSES = 200;
const SETTLED_MS = 20_000;

/** Sessions whose store is away. */
const away = () => Promise.reject(new CacheUnavailableError('no-primary', false, 'away'));
const engine: SessionEngine = {
  keepsDates: true,
  load: async () => undefined,
  create: away,
  replace: away,
  delete: away,
  exists: away,
  clearExpired: away,
};

/** Files that this process has open below a folder; Linux tells. */
const openBelow = (folder: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return String(readlinkSync(`/proc/self/fd/${fd}`)).startsWith(folder);
    } catch {
      return false;
    }
  }).length;

describe('Express: what is piped into a response whose session can´t be saved', () => {
  let server: Server;
  let folder: string;
  const sources: Readable[] = [];
  const elsewhere = new PassThrough().resume();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pipes-'));
    writeFileSync(join(folder, 'large'), Buffer.alloc(1_000_000));
    const { config } = sessionSettings({ SESSION_ENGINE: 'cache', CACHES: { default: { BACKEND: 'locmem' } } });
    const hooks = { onBegin: () => undefined, onSaved: async () => undefined };
    const exchange = new SessionExchange(engine, config, SYSTEM_CLOCK, hooks);
    const app: Express = express();
    const session = createExpressSession(exchange, () => undefined);
    app.use(session.middleware);
    const writing = async (req: express.Request): Promise<void> =>
      (req as unknown as { session: CacheSession }).session.set('n', 1);
    app.get('/file', async (req, res) => {
      await writing(req);
      sources.push(createReadStream(join(folder, 'large')));
      sources.at(-1)!.pipe(res);
    });
    app.get('/chain', async (req, res) => {
      await writing(req);
      sources.push(createReadStream(join(folder, 'large')));
      sources.at(-1)!.pipe(new PassThrough()).pipe(createGzip()).pipe(res);
    });
    app.get('/late', async (req, res) => {
      await writing(req);
      res.write('begun');
      await once(res, 'finish');
      sources.push(createReadStream(join(folder, 'large')));
      sources.at(-1)!.pipe(res);
    });
    app.get('/shared', async (req, res) => {
      await writing(req);
      const source = Readable.from(endless());
      sources.push(source);
      source.pipe(elsewhere, { end: false });
      source.pipe(res);
    });
    server = createServer(app);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    for (const source of sources) source.destroy();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const get = async (path: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    await response.text();
    return response.status;
  };
  const settled = async (): Promise<void> => {
    const until = Date.now() + SETTLED_MS;
    while (sources.some(({ closed }) => !closed) && Date.now() < until) await new Promise((resolve) => setImmediate(resolve));
  };

  it.each(['/file', '/chain', '/late'])(`%s: ${RESPONSES} times 503 leave no file open`, async (path) => {
    for (let i = 0; i < RESPONSES; i += 1) expect(await get(path)).toBe(503);
    await settled();
    expect([sources.filter(({ closed }) => !closed).length, openBelow(folder)]).toEqual([0, 0]);
  });

  it('one that is piped elsewhere as well is left alone', async () => {
    sources.length = 0;
    expect(await get('/shared')).toBe(503);
    await once(elsewhere, 'data');
    expect(sources.map(({ destroyed }) => destroyed)).toEqual([false]);
  });
});

async function* endless(): AsyncGenerator<string> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    yield 'more';
  }
}
