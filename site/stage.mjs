/** Copies the pages of the repository to where VitePress reads them, each link turned to where its target is there. */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root } from '../scripts/run.mjs';

export const PAGES = join(root, 'site', 'dist', 'pages');
const REPOSITORY = 'https://github.com/nestjs-sentinel-cache/nestjs-sentinel-cache/blob/main/';
/** Pages outside of docs/, and their names on the site. */
const OTHERS = {
  'README.md': 'overview.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
  'libs/local-sentinel/README.md': 'local-sentinel.md',
};
/** What pages show or hand out, at the same address on the site. */
const FILES = ['docs/pictures', 'docs/observability', 'docs/performance-light.svg', 'docs/performance-dark.svg'];
const LINK = /(\]\()([^)\s]+)(\))/g;
const FENCE = /^(```[\s\S]*?^```)/gm;

/** From each page of the repository to its name on the site. */
export function pageNames() {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const named = docs.map((name) => [`docs/${name}`, name === 'README.md' ? 'index.md' : name]);
  return new Map([...named, ...Object.entries(OTHERS)]);
}

/** A page's text with the links of the site; code is left as it is. */
export function withSiteLinks(text, page, names) {
  const parts = text.split(FENCE);
  return parts
    .map((part) =>
      part.startsWith('```') ? part : part.replace(LINK, (_, before, target, after) => before + turned(target) + after),
    )
    .join('');

  function turned(target) {
    if (/^(?:[a-z]+:|#)/.test(target)) return target;
    const [path, anchor] = target.split('#');
    const place = posix.normalize(posix.join(posix.dirname(page), path)).replace(/\/$/, '');
    const name = names.get(place) ?? names.get(`${place}/README.md`);
    if (name !== undefined) return `./${name}${anchor === undefined ? '' : `#${anchor}`}`;
    if (FILES.some((file) => place === file || place.startsWith(`${file}/`))) return `./${place.slice('docs/'.length)}`;
    return `${REPOSITORY}${place}${anchor === undefined ? '' : `#${anchor}`}`;
  }
}

/** Stages every page, picture and file to load, from nothing. */
export function stage() {
  rmSync(join(root, 'site', 'dist'), { recursive: true, force: true });
  mkdirSync(PAGES, { recursive: true });
  const names = pageNames();
  for (const [page, name] of names) {
    writeFileSync(join(PAGES, name), withSiteLinks(readFileSync(join(root, page), 'utf8'), page, names));
  }
  for (const file of FILES) {
    cpSync(join(root, file), join(PAGES, 'public', file.slice('docs/'.length)), { recursive: true });
  }
}
