import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** One block of code, and the file that it becomes. */
export interface Snippet {
  readonly name: string;
  readonly page: string;
  readonly file: string;
  readonly code: string;
}

/** Returns every ```ts block of the README, the packages' READMEs and docs/, each as a file in the folder that stands by itself. */
export function extractSnippets(folder: string): readonly Snippet[] {
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
        return { name: `${page}, block ${i + 1}`, page, file: join(folder, `${slug}-${i + 1}.ts`), code: code! };
      });
    });
}

/** Writes the files. Where a reader puts his Redis, this one stands. */
export function writeSnippets(folder: string, snippets: readonly Snippet[], redis: { host: string; port: number }): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, code } of snippets)
    writeFileSync(file, `${code.replaceAll('127.0.0.1:6379', `${redis.host}:${redis.port}`)}\nexport {};\n`);
}
