import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';

import { until } from '../cache/support/waiting.js';
import { extractSnippets, root, writeSnippets } from './extract-snippets.js';

const folder = join(root, 'test', 'docs', 'extracted-applications');
const applications = extractSnippets(folder).filter(({ code }) => code.includes('export class AppModule'));

/** What an application of a page answers: the first block of that page. */
const RESPONSES: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'docs/getting-started.md, block 1': {
    '/products': /^\[{"id":"7","name":"Tea"}\]$/,
    '/products/7': /^{"id":"7","name":"Tea"}$/,
  },
  'docs/from-cache-manager.md, block 1': { '/products': /^\[{"id":1,"name":"Tea"}\]$/, '/products/count': /^1$/ },
  'docs/observability.md, block 1': { '/metrics': /^sentinel_cache_up\{alias="default"\} 1$/m },
};

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
  writeSnippets(folder, applications, redis);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await redis.stop();
});

describe.each(['Express', 'Fastify'])('the applications of the documentation, on %s', (platform) => {
  async function boot(file: string): Promise<INestApplication> {
    const { AppModule } = (await import(pathToFileURL(file).href)) as { AppModule: Type };
    const options = { logger: false, abortOnError: false } as const;
    const app =
      platform === 'Fastify'
        ? await NestFactory.create(AppModule, new FastifyAdapter(), options)
        : await NestFactory.create(AppModule, options);
    await app.listen(0, '127.0.0.1');
    return app;
  }

  it('are there for every page that is asked below', () => {
    expect(applications.length).toBeGreaterThan(10);
    expect(Object.keys(RESPONSES).filter((name) => !applications.some((one) => one.name === name))).toEqual([]);
  });

  it.each(applications)('$name boots, answers twice alike, and closes', async ({ name, file }) => {
    const app = await boot(file);
    try {
      const url = await app.getUrl();
      for (const [path, body] of Object.entries(RESPONSES[name] ?? {}))
        for (const time of [1, 2]) {
          const ask = async () => (await fetch(url + path)).text();
          // The connection is made while the application starts.
          await until(`${path} answers as the page says, time ${time}`, async () => body.test(await ask()), 30_000);
        }
    } finally {
      await app.close();
    }
  });
});
