/** What is printed while the bench runs. */
import { titleOf } from './rows.mjs';

const TITLE_WIDTH = 34;
const CELL_WIDTH = 17;
/** Seconds beside the rows: to start the servers, and of each section that is no row. */
const START_SECONDS = 5;
const SECONDS = { memory: 8, keys: 60, waiters: 15, large: 100 };
/** What a contender takes to fill its keys, begin and end, beyond its measurements. */
const OVERHEAD = 1.15;

export class Terminal {
  #plan;
  #secondsOfCell;
  #rowsLeft;
  #startedAt = Date.now();

  constructor(plan, { rounds, ms }) {
    this.#plan = plan;
    this.#secondsOfCell = ((rounds + 0.5) * ms * OVERHEAD) / 1000;
    this.#rowsLeft = plan.speed.flatMap(({ rows, contenders }) => rows.map(() => contenders.length));
  }

  begin() {
    const others = this.#plan.others.reduce((sum, id) => sum + SECONDS[id], 0);
    const rows = this.#plan.speed.reduce((sum, { rows }) => sum + rows.length, 0);
    say(
      `${rows} rows and ${this.#plan.others.length} other sections; about ${minutes(START_SECONDS + this.#secondsLeft() + others)} ...`,
    );
  }

  machine({ cpu, cores, node, redis, loadBefore }) {
    say(`${cpu}, ${cores} cores, Node ${node}, ${redis}, load ${loadBefore}`);
  }

  section(id, names) {
    say(`\n${id}: calls a second (how many times as fast ours is), and below it microseconds of the processor a call`);
    say(''.padEnd(TITLE_WIDTH) + names.map(column).join(''));
  }

  row(row, cells) {
    this.#rowsLeft.shift();
    const left = this.#rowsLeft.length > 0 ? `   (about ${minutes(this.#secondsLeft())} of rows left)` : '';
    const line = (title, text) => title.padEnd(TITLE_WIDTH) + Object.values(cells).map(text).map(column).join('');
    say(line(titleOf(row), speed) + left);
    say(line('', processor));
    for (const [name, cell] of Object.entries(cells)) if (cell?.failed) say(`    ${name}: ${cell.failed}`);
  }

  heading(text) {
    say(`\n${text}`);
  }

  /** A line of one's own figures, in the words of their fields. */
  cells(title, cells) {
    const texts = Object.entries(cells).map(([name, cell]) => `${name} ${words(cell)}`);
    say(`${title.padEnd(TITLE_WIDTH)}${texts.join(' · ')}`);
  }

  skipped(what, why) {
    say(`${what}: left out: ${why}`);
  }

  wrote() {
    say(`\nWrote docs/performance.md and its pictures, ${minutes((Date.now() - this.#startedAt) / 1000)} after the start.`);
  }

  #secondsLeft() {
    return this.#rowsLeft.reduce((sum, contenders) => sum + contenders * this.#secondsOfCell, 0);
  }
}

const column = (text) => text.slice(0, CELL_WIDTH - 1).padStart(CELL_WIDTH);
const speed = (cell) => {
  if (!cell) return '-';
  if (cell.failed) return 'failed';
  const failedPart = cell.failedPart ? '!' : '';
  return `${cell.perSecond}${failedPart}${cell.ratio ? ` (${cell.ratio.toFixed(2)})` : ''}`;
};
const processor = (cell) => (cell?.cpuUs === undefined ? '' : `${cell.cpuUs} us`);

function words(cell) {
  if (cell === undefined) return 'has no such call';
  if (cell.failed && cell.perSecond === undefined && cell.p50 === undefined) return `failed: ${cell.failed}`;
  return Object.entries(cell)
    .map(([field, figure]) => `${field} ${typeof figure === 'number' ? Number(figure.toPrecision(4)) : figure}`)
    .join(' ');
}

function minutes(seconds) {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} minutes`;
}

function say(line) {
  console.log(line);
}
