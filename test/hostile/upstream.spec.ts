import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from '@jest/globals';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = mkdtempSync(join(root, 'test', 'hostile', 'upstream-'));
const page = readFileSync(join(root, 'docs', 'upstream.md'), 'utf8');
const cases = [...page.matchAll(/^## (.*)$[\s\S]*?^```js\n([\s\S]*?)^```/gm)].map(([, title, code]) => ({
  title: title!,
  code: code!,
}));

/** Runs the program of one fault until it ends, or for five seconds; a program that does not end is no sign of anything. */
function run(code: string): string {
  const file = join(folder, 'case.mjs');
  writeFileSync(file, code);
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=300', file], {
    encoding: 'utf8',
    timeout: 5000,
  });
  return [`status ${status} ${signal}`, stdout, stderr].join('\n');
}

describe('docs/upstream.md shows faults that the installed libraries still have', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  const signs = [/status 1 null[\s\S]*reading 'toString'/, /heap out of memory|SIGABRT/, /Connection in subscriber mode/];

  it('has a program for each of them', () => expect(cases).toHaveLength(signs.length));

  it.each(cases.map(({ title, code }, i) => [title, code, signs[i]!] as const))('%s', (_title, code, sign) => {
    expect(run(code)).toMatch(sign);
  });
});
