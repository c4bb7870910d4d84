import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, isOutage } from 'nestjs-sentinel-cache';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'test', 'docs', 'extracted');

interface Snippet {
  readonly name: string;
  readonly file: string;
  readonly code: string;
}

/** Every ```ts block of the README, the packages' READMEs and docs/, as a file that stands by itself. */
function extract(): Snippet[] {
  const pages = [
    'README.md',
    'libs/local-sentinel/README.md',
    'libs/sentinel-cache/README.md',
    ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
  ];
  return pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => {
      const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)];
      return blocks.map(([, code], i) => {
        const slug = page.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
        return { name: `${page}, block ${i + 1}`, file: join(folder, `${slug}-${i + 1}.ts`), code: code! };
      });
    });
}

const snippets = extract();

describe('the snippets of the documentation', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis();
    mkdirSync(folder, { recursive: true });
    for (const { file, code } of snippets) {
      // Where a reader puts his Redis, this one stands.
      writeFileSync(file, `${code.replaceAll('127.0.0.1:6379', `${redis.host}:${redis.port}`)}\nexport {};\n`);
    }
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await redis.stop();
  });

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
