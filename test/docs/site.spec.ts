import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, describe, expect, it } from '@jest/globals';

import { root } from './extract-snippets.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What an expression over a module of site/ comes to, in a process of its own: these modules have no types. */
function ask(module: string, expression: string): unknown {
  const from = JSON.stringify(pathToFileURL(join(root, 'site', module)).href);
  const program = `import * as site from ${from}; process.stdout.write(JSON.stringify(${expression}));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}

function siteOf(pages: Readonly<Record<string, string>>): string {
  const dist = mkdtempSync(join(tmpdir(), 'site-'));
  folders.push(dist);
  for (const [file, text] of Object.entries(pages)) {
    mkdirSync(join(dist, file, '..'), { recursive: true });
    writeFileSync(join(dist, file), text);
  }
  return dist;
}

describe('the site of the documentation', () => {
  it('follows each link: to pages, headings, pictures and folders, under any base', () => {
    const dist = siteOf({
      'index.html':
        '<h2 id="one"></h2><a class="x" href="/base/a.html#two"></a><a href="#one"></a><img alt="" src="x.svg"><a href="/base/api/"></a>',
      'a.html': '<h2 id="two"></h2><a href="./"></a><a href="https://example.com/"></a><code>{{ words }}</code>',
      'api/index.html': '<a href="../a.html"></a>',
      'x.svg': '<svg/>',
    });
    expect(ask('links.mjs', `site.siteProblems(${JSON.stringify(dist)}, '/base/')`)).toEqual([]);
  });

  it('says what leads nowhere, what comes from elsewhere, and which expression was not replaced', () => {
    const dist = siteOf({
      'index.html': [
        '<a href="/b.html"></a><a href="/a.html#three"></a><img alt="" src="no.svg">',
        '<script src="https://example.com/x.js"></script><p>{{ title }}</p>',
      ].join('\n'),
      'a.html': '<h2 id="two"></h2><a href="/b.html"></a>',
    });
    const problems = ask(
      'links.mjs',
      `site.siteProblems(${JSON.stringify(dist)}, '/').map((one) => one.replace(/^site: \\w+.html: /, ''))`,
    );
    expect((problems as string[]).toSorted()).toEqual([
      'loads https://example.com/x.js from elsewhere.',
      'shows an expression of Vue.',
      'the link /a.html#three leads to no heading.',
      'the link /b.html leads nowhere.',
      'the link no.svg leads nowhere.',
    ]);
  });

  it('turns links of pages to where their targets are on the site, and leaves code alone', () => {
    const page = [
      '[a](cache.md#values) [b](../README.md) [c](../libs/local-sentinel/README.md#options) [d](#here) [e](https://example.com/)',
      '[f](observability/alerts.yml) [g](../scripts/ranks.mjs)',
      '```ts',
      "const link = '[a](cache.md)';",
      '```',
    ].join('\n');
    expect(ask('stage.mjs', `site.withSiteLinks(${JSON.stringify(page)}, 'docs/tags.md', site.pageNames())`)).toBe(
      [
        '[a](./cache.md#values) [b](./overview.md) [c](./local-sentinel.md#options) [d](#here) [e](https://example.com/)',
        '[f](./observability/alerts.yml) [g](https://github.com/nestjs-sentinel-cache/nestjs-sentinel-cache/blob/main/scripts/ranks.mjs)',
        '```ts',
        "const link = '[a](cache.md)';",
        '```',
      ].join('\n'),
    );
  });
});
