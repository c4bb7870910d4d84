/**
 * docs/performance.md and its pictures, drawn of bench/speed/results.json.
 *
 *   node bench/speed/page.mjs           says what of them is not what the results draw
 *   node bench/speed/page.mjs --write   draws them anew
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root } from '../../scripts/run.mjs';
import { THEMES, drawPicture } from './picture.mjs';
import { PARTS } from './tables.mjs';

export const RESULTS = join(root, 'bench', 'speed', 'results.json');
const PAGE = 'docs/performance.md';

export function writePage(results) {
  for (const [file, text] of Object.entries(drawn(results))) writeFileSync(join(root, file), text);
}

/** Each file as it should be. */
function drawn(results) {
  const pictures = Object.keys(THEMES).map((theme) => [`docs/performance-${theme}.svg`, drawPicture(results, theme)]);
  return { [PAGE]: withTables(readFileSync(join(root, PAGE), 'utf8'), results), ...Object.fromEntries(pictures) };
}

function withTables(page, results) {
  return Object.entries(PARTS).reduce((text, [name, draw]) => {
    const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    if (!text.includes(start) || !text.includes(end)) throw new Error(`${PAGE} lacks the markers ${start} and ${end}.`);
    const before = text.slice(0, text.indexOf(start) + start.length);
    return `${before}\n\n${draw(results)}\n\n${text.slice(text.indexOf(end))}`;
  }, page);
}

if (isMain(import.meta.url)) {
  const results = JSON.parse(readFileSync(RESULTS, 'utf8'));
  if (process.argv.includes('--write')) writePage(results);
  else {
    const stale = Object.entries(drawn(results)).filter(([file, text]) => readFileSync(join(root, file), 'utf8') !== text);
    for (const [file] of stale)
      console.log(`${file} is not what bench/speed/results.json draws: node bench/speed/page.mjs --write`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  }
}
