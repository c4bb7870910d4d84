import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../../scripts/pages.mjs';
import { root } from '../../scripts/run.mjs';
import { pageNames, withSiteLinks } from '../stage.mjs';

/** The map of docs/README.md: a bold line for each group, an item for each page. */
function groups() {
  const map = withSiteLinks(readFileSync(join(root, 'docs', 'README.md'), 'utf8'), 'docs/README.md', pageNames());
  const [, ...parts] = map.split(/^\*\*(.+)\*\*$/m);
  return parts.flatMap((text, i) => {
    if (i % 2 === 1) return [];
    const items = [...parts[i + 1].matchAll(/^- \[([^\]]+)\]\(\.\/([^)#]+)\.md\)/gm)].map(([, title, name]) => ({
      text: title,
      link: `/${name}`,
    }));
    return [{ text, items, collapsed: false }];
  });
}

export default defineConfig({
  srcDir: 'dist/pages',
  outDir: 'dist/site',
  cacheDir: 'node_modules/.cache/vitepress',
  title: 'nestjs-sentinel-cache',
  description: "Django's cache framework for NestJS, on Redis Sentinel",
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  metaChunk: true,
  markdown: {
    // Braces are braces, no expressions of Vue. Headings have the anchors that they have on GitHub, so that one link is right in both places.
    anchor: { slugify: anchorOf },
    config: (md) => {
      for (const kind of ['text', 'code_inline']) {
        const draw = md.renderer.rules[kind];
        md.renderer.rules[kind] = (...args) => draw(...args).replaceAll('{{', '&#123;&#123;');
      }
    },
  },
  // A picture lies beside its page, in public/.
  vue: { template: { transformAssetUrls: false } },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: [
      ...groups(),
      {
        text: 'Project',
        items: [
          { text: 'Overview', link: '/overview' },
          { text: 'API reference', link: '/api/' },
          { text: 'local-sentinel', link: '/local-sentinel' },
          { text: 'Architecture', link: '/architecture' },
          { text: 'Contributing', link: '/contributing' },
          { text: 'Changelog', link: '/changelog' },
        ],
      },
    ],
  },
});
