/* The servers as an SVG: sentinels above, the primary in the middle, replicas below; this app beside the primary. */
import { at, element, fill, rows } from './tools.js';

const SVG = 'http://www.w3.org/2000/svg';
const ROWS = { sentinel: 40, primary: 134, replica: 228 };
const HEIGHT = 58;

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

const seconds = (ms) => Math.floor(ms / 1000);
const sorted = (nodes, kind) => nodes.filter((node) => node.kind === kind).sort((a, b) => a.address.localeCompare(b.address));

/** One line under the address. */
function stateOf(node, texts) {
  const state = texts.states[node.state === 'down' ? (node.injury ?? 'down') : node.state];
  if (node.state !== 'up') return fill(texts.since, { state, seconds: seconds(node.sinceMs) });
  if (node.kind === 'sentinel' && node.names) return fill(texts.namesIt, { address: short(node.names) });
  return node.lagMs === null ? state : fill(texts.lag, { ms: Math.round(node.lagMs) });
}

/** Without the host where it is this machine: the port tells them apart. */
const short = (address) => address.replace(/^127\.0\.0\.1(?=:)/, '');

function box({ x, y, width, title, address, state, className }) {
  const group = shape('g', { class: 'node ' + className, transform: `translate(${x - width / 2} ${y - HEIGHT / 2})` });
  const middle = { x: width / 2, 'text-anchor': 'middle' };
  group.append(
    shape('rect', { width, height: HEIGHT, rx: 10 }),
    shape('text', { ...middle, y: 17, class: 'kind' }, title),
    shape('text', { ...middle, y: 34, class: 'address' }, address),
    shape('text', { ...middle, y: 50, class: 'detail' }, state),
  );
  return group;
}

function line(from, to, className) {
  return shape('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: className });
}

function places(nodes, kind, left) {
  const all = sorted(nodes, kind);
  const room = (400 - left) / Math.max(1, all.length);
  return all.map((node, index) => ({ node, x: left + room * (index + 0.5), y: ROWS[kind], width: Math.min(122, room - 8) }));
}

/** Draws them all anew; `status` is that of the connection of this app. */
export function draw({ nodes, primary, status }, texts) {
  const primaries = places(nodes, 'primary', 130);
  const replicas = places(nodes, 'replica', 0);
  const sentinels = places(nodes, 'sentinel', 0);
  const app = { x: 64, y: ROWS.primary, width: 112 };
  const boxes = [...primaries, ...replicas, ...sentinels].map(({ node, ...place }) =>
    box({
      ...place,
      title: texts.kinds[node.kind],
      address: short(node.address),
      state: stateOf(node, texts),
      className: node.kind + ' ' + node.state,
    }),
  );
  const lines = primaries.flatMap((to) => [
    line({ x: app.x, y: app.y }, to, to.node.state === 'up' && status === 'up' ? 'writes' : 'broken'),
    ...replicas.map((from) => line(to, from, from.node.state === 'up' && to.node.state === 'up' ? 'link' : 'broken')),
    ...sentinels.map((from) => line(to, from, from.node.state === 'up' ? 'watch' : 'broken')),
  ]);
  const ours = box({ ...app, title: texts.kinds.app, address: '', state: texts.badge[status], className: 'app ' + status });
  at('picture').replaceChildren(...lines, ours, ...boxes);
  const up = nodes.filter((node) => node.state === 'up').length;
  at('picture').setAttribute('aria-label', fill(texts.pictureLabel, { up, all: nodes.length, primary: primary ?? texts.nobody }));
  table(nodes, texts);
}

function table(nodes, texts) {
  const inOrder = ['primary', 'replica', 'sentinel'].flatMap((kind) => sorted(nodes, kind));
  rows(
    'rows',
    inOrder.map((node) => {
      const head = element('th', texts.kinds[node.kind]);
      head.scope = 'row';
      return [head, element('td', node.address), element('td', stateOf(node, texts))];
    }),
  );
}
