import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';

import { settings, settingsOn } from '../../apps/demo/src/settings.js';
import { BuiltDemo } from './built-demo.js';
import { until } from './running-demo.js';

const OUR_STACK = /^ {4}at /m;

describe('starting and stopping the demo', () => {
  let built: BuiltDemo;
  const file = (name: string, text: string): string => {
    const path = join(built.folder, name);
    writeFileSync(path, text);
    return path;
  };

  beforeAll(() => {
    built = new BuiltDemo();
  });
  afterAll(() => built.remove());

  it('has the dict of a Django settings.py, hosts overridable', () => {
    expect(settings).toEqual({
      CACHES: {
        default: {
          BACKEND: 'django_redis.cache.RedisCache',
          LOCATION: 'mymaster/192.168.1.1:26379,192.168.1.2:26380,192.168.1.3:26381/0',
          OPTIONS: {
            PASSWORD: 'admin',
            CLIENT_CLASS: 'django_sentinel.SentinelClient',
            CONNECTION_POOL_KWARGS: { max_connections: 100 },
          },
        },
      },
      SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
    });
    expect(settingsOn('a:1,b:2')).toMatchObject({
      CACHES: {
        default: { LOCATION: 'mymaster/a:1,b:2/0', OPTIONS: { PASSWORD: 'admin' } },
        near: { LOCATION: 'mymaster/a:1,b:2/0', KEY_PREFIX: 'near', OPTIONS: { nearCache: { maxBytes: '8mb' } } },
      },
    });
  });

  it.each(['express', 'fastify'])('listens on loopback on %s, says where, and ends with 0 on SIGTERM', async (platform) => {
    const demo = built.run(['--platform', platform], { DEMO_BACKEND: 'locmem' });
    const url = await demo.listening;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await until('the line is printed', () => demo.output.includes(`demo listening on ${url} (${platform})\n`));
    expect(demo.output).toContain('Running without Redis');
    expect(await (await fetch(url)).text()).toContain('locmem');
    expect(await (await fetch(`${url}/operations/topology`)).json()).toMatchObject({ topology: 'none', primary: null });
    expect((await fetch(`${url}/operations/health`)).status).toBe(200);
    expect(await (await fetch(`${url}/operations/stats`)).json()).toEqual({ slowReads: 0, backend: 'memory', platform });
    expect((await fetch(`${url}/operations/kill-line`)).status).toBe(404);
    expect((await fetch(`${url}/products`)).headers.get('cache-status')).toContain('fwd=uri-miss');
    expect((await fetch(`${url}/products`)).headers.get('cache-status')).toContain('; hit');
    expect(
      await (
        await fetch(`${url}/counters/n`, { method: 'POST', headers: { cookie: 'csrftoken=me', 'x-csrftoken': 'me' } })
      ).json(),
    ).toEqual({ name: 'n', value: 1 });
    demo.kill('SIGTERM');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(demo.output).not.toMatch(OUR_STACK);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('boots with no sentinel in reach, and ends on %s', async (signal) => {
    const demo = built.run([], { DEMO_SETTINGS: file('away.json', JSON.stringify(settingsOn('127.0.0.1:1,127.0.0.1:2'))) });
    const url = await demo.listening;
    expect((await fetch(`${url}/products`)).status).toBe(200);
    const { status } = await fetch(`${url}/counters/n`, {
      method: 'POST',
      headers: { cookie: 'csrftoken=me', 'x-csrftoken': 'me' },
    });
    expect(status).toBe(503);
    const began = performance.now();
    demo.kill(signal);
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(demo.output).not.toMatch(OUR_STACK);
  });

  it('takes the port of --port before that of PORT, and says when it is taken', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo;
    try {
      const demo = built.run(['--port', String(port)], { DEMO_BACKEND: 'locmem', PORT: '0' });
      expect(await demo.ended).toEqual({ code: 1, signal: null });
      expect(demo.output).toContain(`127.0.0.1:${port}`);
      expect(demo.output).toContain('--port 0 takes any that is free');
      expect(demo.output).not.toMatch(OUR_STACK);
    } finally {
      taken.close();
    }
  });

  it('lists every problem of the settings, and ends with 1', async () => {
    const wrong = {
      CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://127.0.0.1:1/0', TIMEOUT: true, OPTIONS: { PASWORD: 'hush' } } },
    };
    const demo = built.run([], { DEMO_SETTINGS: file('wrong.json', JSON.stringify(wrong)) });
    expect(await demo.ended).toEqual({ code: 1, signal: null });
    expect(demo.output).toContain('CACHES.default.TIMEOUT');
    expect(demo.output).toContain('CACHES.default.OPTIONS.PASWORD');
    expect(demo.output).not.toMatch(OUR_STACK);
    expect(demo.output).not.toContain('hush');
  });

  it.each([
    ['a missing file', () => ({ DEMO_SETTINGS: join(built.folder, 'none.json') }), /there is no file .*none\.json/],
    ['a file that is not JSON', () => ({ DEMO_SETTINGS: file('text.json', '{ "PASSWORD": hush }') }), /is not JSON/],
    ['a file that holds no object', () => ({ DEMO_SETTINGS: file('list.json', '[]') }), /has to hold an object/],
    ['an unknown backend', () => ({ DEMO_BACKEND: 'memcached' }), /DEMO_BACKEND: expected locmem/],
    ['a port that is none', () => ({ DEMO_BACKEND: 'locmem', PORT: '70000' }), /PORT: expected a number/],
  ])('says what is wrong with %s, and ends with 1', async (_what, env, message) => {
    const demo = built.run([], env());
    expect(await demo.ended).toEqual({ code: 1, signal: null });
    expect(demo.output).toMatch(message);
    expect(demo.output).not.toMatch(OUR_STACK);
    expect(demo.output).not.toContain('hush');
  });

  it.each([[['--platform', 'koa']], [['--colour']], [['--port', 'x']]])('explains its flags when given %j', async (args) => {
    const demo = built.run(args, { DEMO_BACKEND: 'locmem' });
    expect(await demo.ended).toEqual({ code: 1, signal: null });
    expect(demo.output).toContain('Usage: ');
    expect(demo.output).not.toMatch(OUR_STACK);
  });

  it('explains them with --help, too, and ends with 0', async () => {
    const demo = built.run(['--help'], {});
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    expect(demo.output).toContain('Usage: ');
    expect(demo.output).toContain('DEMO_SETTINGS');
  });

  it('starts servers of its own where it gets a Redis server, breaks them by a button, and takes them along when it ends', async () => {
    const demo = built.run([], { DEMO_REDIS_SERVER: process.env.REDIS_SERVER_BIN ?? 'redis-server' });
    const url = await demo.listening;
    const topology = async (): Promise<Topology> => (await fetch(`${url}/operations/topology`)).json() as Promise<Topology>;
    await until('it is connected', async () => (await topology()).primary !== null);
    const { primary, sentinels } = await topology();
    expect(sentinels).toHaveLength(3);
    const headers = { cookie: 'csrftoken=me', 'x-csrftoken': 'me' };
    const killed = await fetch(`${url}/operations/drill/kill`, { method: 'POST', headers });
    expect([killed.status, await killed.json()]).toEqual([201, { done: 'kill', addresses: [primary] }]);
    demo.kill('SIGTERM');
    expect(await demo.ended).toEqual({ code: 0, signal: null });
    for (const { address } of sentinels) await expect(answers(address)).resolves.toBe(false);
    expect(demo.output).not.toMatch(OUR_STACK);
  });
});

describe('npm start', () => {
  const start = (...args: string[]): Promise<{ code: number; output: string }> =>
    new Promise((done) => {
      const script = resolve(import.meta.dirname, '../../scripts/start.mjs');
      execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
        done({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      );
    });

  it('explains its flags with --help and ends with 0, and with 1 for a flag that there is not', async () => {
    const help = await start('--help');
    expect([help.code, help.output]).toEqual([
      0,
      expect.stringMatching(/Usage: npm start[^]*--settings[^]*--platform[^]*--port/),
    ]);
    const wrong = await start('--colour');
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringMatching(/--colour[^]*Usage: npm start/)]);
  });

  it('names a port that is taken, with the remedy, before it starts anything', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo;
    const { code, output } = await start('--port', String(port));
    taken.close();
    expect([code, output.trim()]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^--port: another program has port ${port}\\. .*--port 0`)),
    ]);
  });
});

interface Topology {
  readonly primary: string | null;
  readonly sentinels: readonly { readonly address: string }[];
}

/** Whether anybody accepts a connection there. */
function answers(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((done) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
