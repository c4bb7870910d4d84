/* Two charts of the last minute, on uPlot: rates above, durations below, and lines for what was said. */
/* global uPlot */
import { at, clock } from './tools.js';

const SPAN_SECONDS = 60;
const HEIGHT = 150;
const GAP_MS = 2000;

const colour = (name) =>
  getComputedStyle(document.documentElement)
    .getPropertyValue('--' + name)
    .trim();

/** While nobody watches nothing is counted: no line leads over that. */
function withGaps(samples) {
  return samples.flatMap((sample, index) => {
    const before = samples[index - 1];
    return before && sample.atMs - before.atMs > GAP_MS ? [{ atMs: before.atMs + 1 }, sample] : [sample];
  });
}

/** `markers`: `{ at, label }` in seconds since the epoch, read at each drawing. */
export class Charts {
  #samples = [];
  #charts = [];
  #markers;

  constructor(markers) {
    this.#markers = markers;
    this.#make();
    new ResizeObserver(() => this.#resize()).observe(at('rates'));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#make());
  }

  set(samples) {
    this.#samples = samples.slice(-2 * SPAN_SECONDS);
    this.#show();
  }

  add(sample) {
    this.set([...this.#samples, sample]);
  }

  #make() {
    for (const chart of this.#charts) chart.destroy();
    const rates = [
      { stroke: colour('accent'), fill: colour('accent-soft'), width: 2 },
      { stroke: colour('bad'), fill: colour('bad-soft'), width: 2 },
    ];
    const times = [
      { stroke: colour('good'), width: 2 },
      { stroke: colour('wait'), width: 2 },
    ];
    this.#charts = [
      new uPlot(this.#options(rates, { range: (_chart, _min, max) => [0, Math.max(50, max * 1.1)] }), [[], [], []], at('rates')),
      new uPlot(
        this.#options(times, { distr: 3, range: (_chart, _min, max) => [0.1, Math.max(10, max ?? 0)] }),
        [[], [], []],
        at('times'),
      ),
    ];
    this.#show();
  }

  #options(series, y) {
    const axis = {
      stroke: colour('soft'),
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui',
    };
    const times = (_chart, values) => values.map((value) => clock(value * 1000));
    const decades = {
      splits: () => [0.1, 1, 10, 100, 1000],
      values: (_chart, values) => values.map(String),
      filter: (_chart, values) => values,
    };
    return {
      width: at('rates').clientWidth,
      height: HEIGHT,
      // Half a line of text: the highest number stands on the edge.
      padding: [8, null, null, null],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true }, y },
      axes: [
        { ...axis, values: times, space: 90, size: 28 },
        { ...axis, size: 44, ...(y.distr === 3 ? decades : {}) },
      ],
      series: [{}, ...series.map((one) => ({ ...one, points: { show: false } }))],
      hooks: { draw: [(chart) => this.#mark(chart)] },
    };
  }

  /** A line for each marker; its words stand at it in the upper chart alone. */
  #mark(chart) {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.textAlign = 'left';
    ctx.font = `${11 * devicePixelRatio}px system-ui`;
    ctx.strokeStyle = colour('text');
    ctx.fillStyle = colour('text');
    const rows = [[], [], [], []];
    for (const { at: when, label } of this.#markers()) {
      const x = chart.valToPos(when, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (chart !== this.#charts[0]) continue;
      const width = ctx.measureText(label).width + 8 * devicePixelRatio;
      const left = x > bbox.left + bbox.width * 0.6 ? x - width : x;
      const row = rows.findIndex((taken) => taken.every(([from, to]) => left > to || left + width < from));
      // The line says enough where there is no room for words.
      if (row === -1) continue;
      rows[row].push([left, left + width]);
      ctx.fillText(label, left + 4 * devicePixelRatio, bbox.top + (12 + 13 * row) * devicePixelRatio);
    }
    ctx.restore();
  }

  #show() {
    const end = this.#samples.at(-1)?.atMs ?? Date.now();
    const samples = withGaps(this.#samples);
    const x = samples.map(({ atMs }) => atMs / 1000);
    const column = (name) => samples.map((sample) => sample[name] ?? null);
    const data = [
      [x, column('operations'), column('refused')],
      [x, column('p50Ms'), column('p99Ms')],
    ];
    for (const [index, chart] of this.#charts.entries()) {
      chart.batch(() => {
        chart.setData(data[index], false);
        chart.setScale('x', { min: end / 1000 - SPAN_SECONDS, max: end / 1000 });
      });
    }
  }

  #resize() {
    const width = at('rates').clientWidth;
    for (const chart of this.#charts) if (chart.width !== width) chart.setSize({ width, height: HEIGHT });
  }
}
