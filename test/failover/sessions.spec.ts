import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import type { INestApplication } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalSentinel } from 'local-sentinel';
import { SentinelMonitor } from 'nestjs-sentinel-cache';

import { until } from '../connection/until.js';
import { startSessionApp } from '../session/session-app.js';
import { pastedSettings, replicated } from './sentinel-fixture.js';

const USERS = 200;

interface HttpResponse {
  readonly status: number;
  readonly cookies: readonly string[];
  readonly body: string;
}

/** One visitor: clicks, one click after the other, and remembers what was acknowledged when. */
class Visitor {
  key = '';
  clicks = 0;
  refused = 0;
  loggedOut = 0;
  readonly acknowledged: { readonly count: number; readonly startedAtMs: number; readonly atMs: number }[] = [];

  constructor(
    private readonly port: number,
    readonly name: string,
  ) {}

  async login(): Promise<void> {
    // Two hundred at once, on a busy machine: who is told 503 asks again.
    await until(async () => {
      const { cookies } = await this.ask('POST', '/set/user', { value: this.name });
      this.key = /sessionid=([^;]+)/.exec(cookies.join())?.[1] ?? '';
      return this.key;
    });
  }

  async click(): Promise<void> {
    this.clicks += 1;
    const startedAtMs = performance.now();
    const response = await this.ask('POST', '/set/cart', { value: this.clicks });
    if (response.cookies.some((cookie) => cookie.includes('Max-Age=0')) || response.status === 400) this.loggedOut += 1;
    if (response.status === 201) this.acknowledged.push({ count: this.clicks, startedAtMs, atMs: performance.now() });
    else this.refused += 1;
  }

  async read(): Promise<{ user?: string; cart?: number }> {
    let data: { user?: string; cart?: number } | undefined;
    // Two hundred at once, again.
    await until(async () => (data = (JSON.parse((await this.ask('GET', '/read')).body) as { data?: typeof data }).data));
    return data!;
  }

  private ask(method: string, path: string, body?: object): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', ...(this.key ? { cookie: `sessionid=${this.key}` } : {}) };
      const call = request({ host: '127.0.0.1', port: this.port, method, path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () =>
          resolve({ status: response.statusCode!, cookies: response.headers['set-cookie'] ?? [], body: text }),
        );
      });
      call.on('error', reject);
      call.end(body && JSON.stringify(body));
    });
  }
}

describe.each([
  { name: 'kill -9', inflict: (at: LocalSentinel) => at.primary.kill() },
  { name: 'SENTINEL FAILOVER', inflict: (at: LocalSentinel) => at.failover().then(() => undefined) },
])(`$name with ${USERS} logged-in users clicking`, ({ name, inflict }) => {
  it('nobody is logged out, and no cart is older than what was acknowledged outside the loss window of Sentinel', async () => {
    const topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 1000 });
    const settings = {
      ...pastedSettings(topology, { deadline: '500ms' }),
      SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
    };
    const app: INestApplication = await startSessionApp('express', settings);
    try {
      const { port } = app.getHttpServer().address() as { port: number };
      const visitors = Array.from({ length: USERS }, (_, i) => new Visitor(port, `user ${i}`));
      await Promise.all(visitors.map((visitor) => visitor.login()));
      let movedAtMs = 0;
      app.get(SentinelMonitor).events$.subscribe(({ type }) => type === 'moved' && (movedAtMs = performance.now()));
      let clicking = true;
      const loops = visitors.map(async (visitor) => {
        for (; clicking; await pause(200 + Math.random() * 200)) await visitor.click();
      });
      await pause(1500);
      // What was acknowledged by now, every replica has.
      const faultAtMs = performance.now();
      await replicated(topology);
      const inflicted = inflict(topology);
      await inflicted;
      await until(() => movedAtMs > 0);
      await pause(1500);
      clicking = false;
      await Promise.all(loops);

      const now = await Promise.all(visitors.map((visitor) => visitor.read()));
      const gone = now.filter(({ user }, i) => user !== visitors[i]!.name).length;
      // What was acknowledged before the fault is kept, and what began after our move.
      const older = now.filter(({ cart = 0 }, i) =>
        visitors[i]!.acknowledged.some(
          ({ count, startedAtMs, atMs }) => (atMs < faultAtMs || startedAtMs > movedAtMs) && count > cart,
        ),
      ).length;
      const sum = (of: (visitor: Visitor) => number): number => visitors.reduce((total, visitor) => total + of(visitor), 0);
      process.stdout.write(
        `${name}: ${sum(({ clicks }) => clicks)} clicks, ${sum(({ refused }) => refused)} told 503, ` +
          `${sum(({ loggedOut }) => loggedOut) + gone} logged out, ${older} carts older than acknowledged\n`,
      );
      expect({ loggedOut: sum(({ loggedOut }) => loggedOut), gone, older }).toEqual({ loggedOut: 0, gone: 0, older: 0 });
    } finally {
      await app.close();
      await topology.stop();
    }
  });
});
