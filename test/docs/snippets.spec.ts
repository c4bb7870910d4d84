import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, isOutage } from 'nestjs-sentinel-cache';
import ts from 'typescript';

import { extractSnippets, root, writeSnippets } from './extract-snippets.js';

const folder = join(root, 'test', 'docs', 'extracted');
const snippets = extractSnippets(folder);

describe('the snippets of the documentation', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis();
    writeSnippets(folder, snippets, redis);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await redis.stop();
  });

  // Each block begins with an empty Redis, as its reader does.
  beforeEach(() => redis.command('FLUSHALL'));

  it('the README shows its first code by line 20', () => {
    const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n');
    expect(lines.findIndex((line) => line.startsWith('```')) + 1).toBeLessThanOrEqual(20);
  });

  it('all type-check', () => {
    const { config } = ts.readConfigFile(join(root, 'test', 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
      config: object;
    };
    const parsed = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'test'));
    const program = ts.createProgram(
      snippets.map(({ file }) => file),
      { ...parsed.options, noUnusedLocals: false },
    );
    const ours = new Set(snippets.map(({ file }) => file));
    const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => file && ours.has(file.fileName));
    expect(
      problems.map(({ file, messageText }) => `${file!.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
    ).toEqual([]);
  });

  it.each(snippets)('$name runs', async ({ file }) => {
    const { href } = pathToFileURL(file);
    // They keep the default deadline, as a reader does; a busy machine may need a second try.
    await import(href).catch((error: unknown) => (isOutage(error) ? import(`${href}?again`) : Promise.reject(error as Error)));
  });

  it('the service of the README loads once, and counts', async () => {
    const service = snippets.find(({ code }) => code.includes('class UserService'))!;
    const { UserService } = (await import(pathToFileURL(service.file).href)) as { UserService: new (cache: unknown) => never };
    const caches = createCaches({ default: { BACKEND: 'locmem' } });
    const users = new UserService(caches.get()) as { find(id: number): Promise<unknown>; visit(id: number): Promise<unknown> };
    expect(await users.find(7)).toEqual({ id: 7, name: 'Ada' });
    expect([await users.visit(7), await users.visit(7)]).toEqual([1, 2]);
    await caches.close();
  });
});
