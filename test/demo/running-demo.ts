import type { INestApplication } from '@nestjs/common';
import type { LocalSentinel } from 'local-sentinel';
import type { DjangoSettings } from 'nestjs-sentinel-cache';
import request from 'supertest';
import { setTimeout as pause } from 'node:timers/promises';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { createDemo } from '../../apps/demo/src/create-demo.js';
import { settingsAt } from '../../apps/demo/src/settings.js';

const TOKEN = { cookie: 'csrftoken=of-this-test', 'x-csrftoken': 'of-this-test' };

/** The demo's own dict, hosts and the key apart, and what a test adds to its OPTIONS. */
export function settingsFor(topology: LocalSentinel, options: object = {}): DjangoSettings {
  return { ...settingsAt(topology.location('mymaster', 0), options), SECRET_KEY: 'of these tests alone' };
}

/** A demo that listens on loopback, and what the tour asks of it. */
export class RunningDemo {
  private constructor(readonly app: INestApplication) {}

  /** With `servers` it has the buttons that break them. */
  static async start(platform: Platform, settings: DjangoSettings, servers?: LocalSentinel): Promise<RunningDemo> {
    const app = await createDemo({ platform, settings, servers, logger: false });
    await app.listen(0, '127.0.0.1');
    return new RunningDemo(app);
  }

  get(path: string): request.Test {
    return request(this.app.getHttpServer()).get(path);
  }

  post(path: string, body?: object): request.Test {
    return request(this.app.getHttpServer()).post(path).send(body);
  }

  /** Adds one to a counter, with the token that the page would send. */
  count(name: string): request.Test {
    return this.post(`/counters/${name}`).set(TOKEN);
  }

  /** Presses a button of the page. */
  drill(action: string): request.Test {
    return this.post(`/operations/drill/${action}`).set(TOKEN);
  }

  put(path: string, body: object): request.Test {
    return request(this.app.getHttpServer()).put(path).send(body);
  }

  /** Who it says is the primary; null while nobody is. */
  async primary(): Promise<string | null> {
    const { body } = await this.get('/operations/topology').expect(200);
    return (body as { primary: string | null }).primary;
  }

  async slowReads(): Promise<number> {
    const { body } = await this.get('/operations/stats').expect(200);
    return (body as { slowReads: number }).slowReads;
  }

  /** Waits until a write goes through, on whatever primary. */
  async healthy(): Promise<void> {
    await until('the cache is up', async () => (await this.get('/operations/health')).status === 200);
  }

  async close(): Promise<number> {
    const began = performance.now();
    await this.app.close();
    return performance.now() - began;
  }
}

/** Asks until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(20);
  }
}
