/** Follows each link, picture and script of the built site: what leads nowhere, and what a page would load from another address. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';

const TARGET = /<(a|link|img|source|script|iframe)\b[^>]*?\s(?:href|src|srcset)="([^"]+)"/g;
const CODE = /<(pre|code)\b[\s\S]*?<\/\1>/g;
const ID = /\sid="([^"]+)"/g;
const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:)?\/\//i;
const NO_PAGE = /^(?:data|mailto):/;

/** One line for each link that leads nowhere, and each thing that is loaded from elsewhere. */
export function siteProblems(dist, base) {
  const pages = htmlFiles(dist).map((file) => ({ file, text: readFileSync(join(dist, file), 'utf8') }));
  const ids = new Map(pages.map(({ file, text }) => [file, new Set([...text.matchAll(ID)].map(([, id]) => id))]));
  // The navigation stands on every page: a problem is told once, with the first page that has it.
  const first = new Map();
  for (const { file, text } of pages) {
    if (text.replace(CODE, '').includes('{{')) first.set('shows an expression of Vue.', file);
    for (const [, tag, target] of text.matchAll(TARGET)) {
      const problem = problemOf(tag, target.replaceAll('&amp;', '&'), file);
      if (problem && !first.has(problem)) first.set(problem, file);
    }
  }
  return [...first].map(([problem, file]) => `site: ${file}: ${problem}`);

  function problemOf(tag, target, file) {
    if (NO_PAGE.test(target)) return undefined;
    if (ELSEWHERE.test(target)) return tag === 'a' ? undefined : `loads ${target} from elsewhere.`;
    const [path, anchor] = decodeURI(target).split('#');
    const place = placeOf(path, file);
    if (!existsSync(join(dist, place))) return `the link ${target} leads nowhere.`;
    if (anchor && ids.has(place) && !ids.get(place).has(anchor)) return `the link ${target} leads to no heading.`;
    return undefined;
  }

  function placeOf(path, file) {
    if (path === '') return file;
    const place = path.startsWith(base) ? path.slice(base.length) : posix.join(posix.dirname(file), path);
    const isFolder = place === '' || (existsSync(join(dist, place)) && statSync(join(dist, place)).isDirectory());
    return isFolder ? posix.join(place, 'index.html') : place;
  }
}

function htmlFiles(dist) {
  const entries = readdirSync(dist, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.html'))
    .map((entry) =>
      relative(dist, join(entry.parentPath ?? dirname(entry.path), entry.name))
        .split(sep)
        .join('/'),
    );
}
