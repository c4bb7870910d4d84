/** Bars of some rows as SVG, light and dark: text and rectangles only, fonts of the reader's system. */
import { spaced } from './figures.mjs';
import { OURS } from './measure.mjs';
import { titleOf } from './rows.mjs';

/** The rows that are drawn, and where they stand: two beside each other. */
const DRAWN = [
  { call: 'get', value: '80 B', callers: 100 },
  { call: 'set', value: '80 B', callers: 100 },
  { call: 'get', value: '10 KB', callers: 100 },
  { call: 'mget', value: '80 B', callers: 10 },
];

export const THEMES = {
  light: { text: '#1f2328', faint: '#59636e', ours: '#0969da', peer: '#8c959f', ground: '#ffffff' },
  dark: { text: '#f0f6fc', faint: '#9198a1', ours: '#4493f8', peer: '#656c76', ground: '#0d1117' },
};

const [WIDTH, MARGIN, GAP] = [880, 20, 40];
const PANEL = (WIDTH - 2 * MARGIN - GAP) / 2;
const [LABEL, FIGURE] = [118, 76];
const [HEAD, PANEL_HEAD, LINE, BAR] = [52, 30, 24, 15];
const BARS = PANEL - LABEL - FIGURE;
const FONT = '-apple-system, BlinkMacSystemFont, Segoe UI, Noto Sans, Helvetica, Arial, sans-serif';

export function drawPicture(results, theme) {
  const colours = THEMES[theme];
  const { contenders = [], rows = [] } = results.speed.standalone ?? {};
  const drawn = DRAWN.flatMap((wanted) => rows.filter((row) => titleOf(row) === titleOf(wanted)));
  const panelHeight = PANEL_HEAD + contenders.length * LINE + 22;
  const height = HEAD + Math.ceil(drawn.length / 2) * panelHeight + 4;
  const panels = drawn.map((row, i) => {
    const [x, y] = [MARGIN + (i % 2) * (PANEL + GAP), HEAD + Math.floor(i / 2) * panelHeight];
    return `<g transform="translate(${x} ${y})">\n${panel(row, contenders, colours)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="${FONT}" font-size="14">`,
    `<title>Calls a second of ours and of its peers on one Redis</title>`,
    `<rect width="${WIDTH}" height="${height}" rx="6" fill="${colours.ground}"/>`,
    text(MARGIN, 30, 'Calls a second on one Redis: longer is better', { fill: colours.text, weight: 600, size: 17 }),
    text(WIDTH - MARGIN, 30, machineOf(results), { fill: colours.faint, size: 12, anchor: 'end' }),
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function machineOf({ machine: { cpu, cores, node, redis, date } }) {
  return `${cpu}, ${cores} cores, Node ${node}, ${redis}, ${date}`;
}

function panel(row, contenders, colours) {
  const rateOf = (name) => row.cells[name]?.perSecond;
  const most = Math.max(...contenders.map((name) => rateOf(name) ?? 0));
  const lines = contenders.map((name, i) => {
    const own = name.startsWith(OURS);
    const y = PANEL_HEAD + i * LINE;
    const base = y + BAR - 3;
    const rate = rateOf(name);
    const width = Math.max(1, Math.round(((rate ?? 0) / most) * BARS));
    const figure = rate === undefined ? (row.cells[name]?.failed ? 'failed' : 'no such call') : spaced(rate);
    return [
      text(LABEL - 8, base, name, { fill: own ? colours.text : colours.faint, weight: own ? 600 : 400, anchor: 'end' }),
      `<rect x="${LABEL}" y="${y}" width="${rate === undefined ? 0 : width}" height="${BAR}" rx="2" fill="${own ? colours.ours : colours.peer}"/>`,
      text(LABEL + (rate === undefined ? 0 : width + 7), base, figure, { fill: own ? colours.text : colours.faint }),
    ].join('\n');
  });
  return [text(0, 14, titleOf(row), { fill: colours.text, weight: 600 }), ...lines].join('\n');
}

function text(x, y, words, { fill, weight = 400, size, anchor }) {
  const size_ = size ? ` font-size="${size}"` : '';
  const anchor_ = anchor ? ` text-anchor="${anchor}"` : '';
  return `<text x="${x}" y="${y}" fill="${fill}" font-weight="${weight}"${size_}${anchor_}>${words}</text>`;
}
