/** How long each spec file takes, as recorded on two quiet cores: for the order, and for what is said before the start. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { root } from './run.mjs';

const FILE = join(root, 'scripts', 'test-times.json');
/** What is not recorded is short, or new. */
const USUAL_SECONDS = 1;
const START_SECONDS = 5;

const recorded = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};

/** Seconds that a spec file is expected to take. */
export function secondsOf(file) {
  return recorded[file] ?? USUAL_SECONDS;
}

/** One sentence: how long the files will take. */
export function estimate(files, workers) {
  const each = files.map(secondsOf);
  const sum = each.reduce((total, seconds) => total + seconds, 0);
  const quiet = START_SECONDS + Math.max(sum / workers, ...each);
  const [load] = loadavg();
  const cores = availableParallelism();
  const expected = `${files.length} spec files, ${workers} at a time: ${duration(quiet)} on a quiet machine`;
  if (load <= cores) return `${expected}.`;
  return `${expected}; this one is busy (load ${load.toFixed(1)} on ${cores} cores), so rather ${duration(quiet * (1 + load / workers))}.`;
}

/** Keeps the seconds of the files that take longer than usual, for everybody. */
export function recordTimes(measured) {
  const times = { ...recorded, ...measured };
  const kept = Object.entries(times).filter(([file, seconds]) => seconds > USUAL_SECONDS && existsSync(join(root, file)));
  const sorted = kept.map(([file, seconds]) => [file, Math.round(seconds * 10) / 10]).toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
}

function duration(seconds) {
  if (seconds < 50) return `about ${Math.max(10, Math.ceil(seconds / 10) * 10)} seconds`;
  const minutes = Math.ceil(seconds / 30) / 2;
  return minutes === 1 ? 'about a minute' : `about ${minutes} minutes`;
}
