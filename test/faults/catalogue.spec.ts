import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const ROWS = Array.from({ length: 60 }, (_, i) => i + 1);

it('every row of the catalogue of 60 faults has a test with its number', () => {
  const specs = ['test', 'libs/sentinel-cache/src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.spec.ts'))
      .map((file) => join(folder, file)),
  );
  const texts = specs.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
  const titles = texts.match(/[`'"]fault(?: \d+,?)+: /g) ?? [];
  const proven = new Set(titles.flatMap((title) => [...title.matchAll(/\d+/g)].map(Number)));
  expect(ROWS.filter((row) => !proven.has(row))).toEqual([]);
});
