/**
 * Random faults under load, and what has to hold after each round of them. Same seed, same faults.
 *
 *   npm run fuzz:faults -- --seconds 3600          an hour
 *   npm run fuzz:faults -- --seed 7 --first 12 --rounds 1
 *   npm run fuzz:faults -- --only 'kill primary' --only failover
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { FAULT_KINDS, planRounds, type FaultKind, type PlannedRound } from './fault-plan.js';
import { Figures } from './figures.js';
import { startGround, type Ground } from './ground.js';
import { describe, Ledger } from './ledger.js';
import { runRound, type RoundResult } from './round.js';
import { StallMeter } from './stall-meter.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** More rounds than this without a verdict, and the servers are what has to be looked at. */
const MOST_UNSETTLED = 0.2;

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly first: number;
  readonly rounds: number;
  readonly only: readonly FaultKind[];
}

function readOptions(): Options {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { seconds: number, seed: number, first: number, rounds: number, only: { type: 'string', multiple: true } },
  });
  const whole = (name: 'seconds' | 'seed' | 'first' | 'rounds', otherwise: number): number => {
    const text = values[name] ?? String(otherwise);
    if (!/^\d+$/.test(text)) throw new Error(`--${name}: expected a whole number, got ${text}.`);
    return Number(text);
  };
  const unknown = values.only?.find((kind) => !FAULT_KINDS.some((known) => known === kind));
  if (unknown !== undefined) throw new Error(`--only: expected one of ${FAULT_KINDS.join(', ')}; got ${unknown}.`);
  return {
    seconds: whole('seconds', 120),
    seed: whole('seed', randomInt(1_000_000)),
    first: Math.max(1, whole('first', 1)),
    rounds: whole('rounds', Number.MAX_SAFE_INTEGER),
    only: (values.only as FaultKind[] | undefined) ?? FAULT_KINDS,
  };
}

/** Everything that no test may see: rejections and exceptions without an owner, and Node's own warnings. */
function watchProcess(): string[] {
  const accidents: string[] = [];
  process.on('unhandledRejection', (reason) => accidents.push(`unhandledRejection: ${describe(reason)}`));
  process.on('uncaughtException', (error) => accidents.push(`uncaughtException: ${describe(error)}`));
  process.on('warning', (warning) => accidents.push(`warning: ${describe(warning)}`));
  return accidents;
}

function tell(planned: PlannedRound, result: RoundResult, { seed }: Options, log: Ground['log']): void {
  const mark = { held: 'ok', violated: 'VIOLATED', unsettled: 'not judged' }[result.verdict];
  say(`round ${planned.number} ${mark}: ${result.faults.join(' | ')}: ${result.summary}`);
  if (result.verdict !== 'violated') return;
  for (const violation of result.violations.slice(0, 20)) say(`    ${violation}`);
  if (result.violations.length > 20) say(`    ... and ${result.violations.length - 20} more`);
  for (const { atMs, message } of log) say(`    log ${Math.round(atMs)}: ${message}`);
  say(`    replay: npm run fuzz:faults -- --seed ${seed} --first ${planned.number} --rounds 1`);
}

/** Not even the questions could be asked. */
function broken(error: unknown): RoundResult {
  return { verdict: 'violated', faults: [], violations: [describe(error)], summary: 'broke off', ledger: new Ledger('') };
}

async function fuzz(options: Options): Promise<number> {
  const accidents = watchProcess();
  const stalls = new StallMeter();
  const figures = new Figures();
  const endMs = performance.now() + options.seconds * 1000;
  say(`seed ${options.seed}, ${options.seconds} s, ${options.only.length} kinds of fault`);
  let ground: Ground | undefined;
  let previous: Ledger | undefined;
  try {
    const rounds = planRounds(options.seed, options.only).slice(options.first - 1, options.first - 1 + options.rounds);
    for (const planned of rounds) {
      if (performance.now() > endMs) break;
      ground ??= await startGround();
      const result = await runRound(planned, { ground, figures, stalls, accidents, previous }).catch(broken);
      figures.rounds += 1;
      if (result.verdict === 'violated') figures.failedRounds += 1;
      if (result.verdict === 'unsettled') figures.unsettledRounds += 1;
      tell(planned, result, options, ground.log);
      previous = result.ledger;
      if (result.verdict === 'held') continue;
      // Each round begins on sound ground: what a violation left behind is none of the next one's.
      await ground.stop();
      [ground, previous] = [undefined, undefined];
    }
  } finally {
    stalls.stop();
    await ground?.stop();
  }
  return sumUp(figures, options);
}

function sumUp(figures: Figures, { seed }: Options): number {
  say('');
  for (const line of figures.lines(seed)) say(line);
  const tooMany = figures.unsettledRounds > figures.rounds * MOST_UNSETTLED;
  if (tooMany) say('too many rounds after which the servers did not find together: that counts as a failure');
  const failed = figures.failedRounds + (tooMany ? 1 : 0);
  const passed = figures.rounds - figures.failedRounds - figures.unsettledRounds;
  say(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

process.exitCode = await fuzz(readOptions()).catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  say('0 passed, 1 failed');
  return 1;
});
