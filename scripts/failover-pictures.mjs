/**
 * The pictures of docs/failover-step-by-step.md, one for each step, light and dark: boxes, lines and text, fonts of the reader's system.
 *
 *   node scripts/failover-pictures.mjs           says whether docs/pictures/ is as it is drawn here
 *   node scripts/failover-pictures.mjs --write   draws it
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, main, root } from './run.mjs';

const FOLDER = join(root, 'docs', 'pictures');
const FONT = '-apple-system, BlinkMacSystemFont, Segoe UI, Noto Sans, Helvetica, Arial, sans-serif';
const THEMES = {
  light: {
    ground: '#ffffff',
    text: '#1f2328',
    faint: '#59636e',
    line: '#8c959f',
    up: '#1a7f37',
    down: '#cf222e',
    busy: '#9a6700',
    box: '#f6f8fa',
  },
  dark: {
    ground: '#0d1117',
    text: '#f0f6fc',
    faint: '#9198a1',
    line: '#656c76',
    up: '#3fb950',
    down: '#f85149',
    busy: '#d29922',
    box: '#151b23',
  },
};
const [WIDTH, HEIGHT] = [760, 290];
const PLACES = {
  app: { x: 20, y: 105, width: 150, height: 90 },
  's 1': { x: 300, y: 20, width: 120, height: 50 },
  's 2': { x: 450, y: 20, width: 120, height: 50 },
  's 3': { x: 600, y: 20, width: 120, height: 50 },
  a: { x: 300, y: 200, width: 120, height: 60 },
  b: { x: 450, y: 200, width: 120, height: 60 },
  c: { x: 600, y: 200, width: 120, height: 60 },
};
const NAMES = {
  app: 'your application',
  's 1': 'sentinel 1',
  's 2': 'sentinel 2',
  's 3': 'sentinel 3',
  a: 'node A',
  b: 'node B',
  c: 'node C',
};
const SENTINELS = ['s 1', 's 2', 's 3'];
const asked = SENTINELS.map((name) => ['app', name, 'faint']);
const watching = { 's 1': 'watches', 's 2': 'watches', 's 3': 'watches' };

/** Each step: what each one is or says (with a colour where it matters), and the lines: from, to, colour, and whether it is broken. */
const STEPS = [
  {
    title: '1. All is well: writes go to A, reads to B and C',
    says: { app: 'connected', ...watching, a: ['primary', 'up'], b: 'replica', c: 'replica' },
    lines: [...asked, ['app', 'a', 'up'], ['app', 'b', 'line'], ['app', 'c', 'line'], ['b', 'a', 'line']],
  },
  {
    title: '2. A dies: its calls are rejected as unknown, new ones wait',
    says: { app: ['calls wait', 'busy'], ...watching, a: ['dead', 'down'], b: 'replica', c: 'replica' },
    lines: [...asked, ['app', 'a', 'down', true], ['app', 'b', 'line'], ['app', 'c', 'line']],
  },
  {
    title: '3. The sentinels notice, and agree: +sdown, +odown',
    says: {
      app: ['calls wait', 'busy'],
      's 1': ['+odown', 'busy'],
      's 2': ['+sdown', 'busy'],
      's 3': ['+sdown', 'busy'],
      a: ['dead', 'down'],
      b: 'replica',
      c: 'replica',
    },
    lines: [
      ...asked,
      ['s 1', 'a', 'down', true],
      ['s 2', 'a', 'down', true],
      ['s 3', 'a', 'down', true],
      ['app', 'b', 'line'],
      ['app', 'c', 'line'],
    ],
  },
  {
    title: '4. Sentinel 1 is elected, and promotes B',
    says: {
      app: ['calls wait', 'busy'],
      's 1': ['leader', 'up'],
      's 2': 'votes',
      's 3': 'votes',
      a: ['dead', 'down'],
      b: ['promoted', 'up'],
      c: 'replica',
    },
    lines: [...asked, ['s 2', 's 1', 'line'], ['s 1', 'b', 'up'], ['app', 'c', 'line']],
  },
  {
    title: '5. +switch-master: we connect, B proves its role, waiting calls go out',
    says: {
      app: ['writes again', 'up'],
      's 1': ['+switch-master', 'up'],
      's 2': 'watches',
      's 3': 'watches',
      a: ['dead', 'down'],
      b: ['primary', 'up'],
      c: 'replica',
    },
    lines: [
      ['app', 's 1', 'up'],
      ['app', 's 2', 'faint'],
      ['app', 's 3', 'faint'],
      ['app', 'b', 'up'],
      ['app', 'c', 'line'],
      ['c', 'b', 'line'],
    ],
  },
  {
    title: '6. A comes back, and is made a replica of B',
    says: { app: 'connected', ...watching, a: 'replica', b: ['primary', 'up'], c: 'replica' },
    lines: [...asked, ['app', 'b', 'up'], ['app', 'a', 'line'], ['app', 'c', 'line'], ['a', 'b', 'line'], ['c', 'b', 'line']],
  },
];

function draw({ title, says, lines }, colours) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="${FONT}" font-size="14">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="6" fill="${colours.ground}"/>`,
    ...lines.map((line) => drawLine(line, colours)),
    ...Object.keys(PLACES).map((name) => drawBox(name, says[name], colours)),
    '</svg>\n',
  ].join('\n');
}

function drawLine([from, to, colour, isBroken], colours) {
  const [a, b] = [PLACES[from], PLACES[to]];
  const [x1, y1] = edge(a, b);
  const [x2, y2] = edge(b, a);
  const dash = isBroken ? ' stroke-dasharray="5 5"' : '';
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colours[colour]}" stroke-width="${colour === 'up' ? 2.5 : 1.5}"${dash}/>`;
}

/** Where a line to another box leaves this one. */
function edge(box, other) {
  const [centre, there] = [middle(box), middle(other)];
  if (box === PLACES.app) return [box.x + box.width, centre.y];
  if (box.y === other.y) return [there.x < centre.x ? box.x : box.x + box.width, centre.y];
  if (other === PLACES.app) return [centre.x - 20, there.y > box.y ? box.y + box.height : box.y];
  return [centre.x, there.y > centre.y ? box.y + box.height : box.y];
}

function middle({ x, y, width, height }) {
  return { x: x + width / 2, y: y + height / 2 };
}

function drawBox(name, said, colours) {
  const { x, y, width, height } = PLACES[name];
  const [words, colour] = Array.isArray(said) ? said : [said, undefined];
  const centre = middle(PLACES[name]);
  const label = (dy, fill, text, weight) =>
    `<text x="${centre.x}" y="${centre.y + dy}" fill="${fill}" text-anchor="middle" font-weight="${weight}">${text}</text>`;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${colours.box}" stroke="${colours[colour ?? 'line']}" stroke-width="${colour ? 2.5 : 1}"/>`,
    label(-4, colours.text, NAMES[name], 600),
    label(15, colours[colour ?? 'faint'], words, 400),
  ].join('\n');
}

function pictures() {
  return STEPS.flatMap((step, i) =>
    Object.entries(THEMES).map(([theme, colours]) => [join(FOLDER, `failover-${i + 1}-${theme}.svg`), draw(step, colours)]),
  );
}

if (isMain(import.meta.url))
  main(async () => {
    const old = pictures().filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
    if (process.argv.includes('--write')) for (const [file, text] of old) writeFileSync(file, text);
    else if (old.length > 0) console.log('docs/pictures is out of date: `node scripts/failover-pictures.mjs --write` draws it.');
    return old.length > 0 && !process.argv.includes('--write') ? 1 : 0;
  });
