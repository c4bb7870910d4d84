import { setTimeout as pause } from 'node:timers/promises';

import { audit, forget, reign, type Audit } from './audit.js';
import type { PlannedRound } from './fault-plan.js';
import { heal, inflict } from './faults.js';
import { count, type Figures } from './figures.js';
import { heapMb, socketsByNode, socketsOfProcess } from './footprint.js';
import { DEADLINE_MS, type Ground } from './ground.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import type { StallMeter } from './stall-meter.js';
import { BACK_WITHIN_MS, Witness } from './witness.js';

/** What a timer may be late in a busy process, beyond the stalls that are measured. Strict limits are those of `test:promises`. */
const SLACK_MS = 250;
/** Reads and writes of one saved session, at most. */
const CALLS_OF_A_SESSION = 10;
const SETTLED_WITHIN_MS = 45_000;
const CALM_MS = 700;
const HEAP_GROWTH_MB = 16;
/** Sockets of the harness come and go; those of the client are counted by the servers. */
const MOST_SOCKETS = 60;
/** One for commands, and with a near tier one on which the primary reports changes. */
const MOST_AT_A_NODE = process.env['NEAR_TIER'] === '1' ? 2 : 1;
/** One line a change of state: a fault, and its healing, change that of the connection and that of the sentinels. */
const LINES = 4;
const LINES_PER_FAULT = 4;

/** What one round came to. */
export interface RoundResult {
  /** `unsettled`: the servers did not find together again, so nothing can be judged. */
  readonly verdict: 'held' | 'violated' | 'unsettled';
  readonly faults: readonly string[];
  readonly violations: readonly string[];
  readonly summary: string;
  readonly ledger: Ledger;
}

/** What lives longer than a round. */
export interface RoundContext {
  readonly ground: Ground;
  readonly figures: Figures;
  readonly stalls: StallMeter;
  /** What `process` said that nobody expected; emptied here. */
  readonly accidents: string[];
  /** Audited once more: a ghost may come late. */
  readonly previous: Ledger | undefined;
}

/** Load, faults, healing, and the questions that decide. */
export async function runRound(planned: PlannedRound, context: RoundContext): Promise<RoundResult> {
  const { ground, stalls, figures } = context;
  const beganAtMs = performance.now();
  stalls.forget(beganAtMs);
  ground.log.length = 0;
  const reigned = await reign(ground);
  const ledger = new Ledger(`r${planned.number}:`);
  const load = new Load(ground, ledger);
  const witness = new Witness(ground, ledger, stalls);
  load.start();
  const pending = planned.faults.map((fault) => inflict(ground, fault));
  await Promise.race([Promise.all(pending), pause(Math.max(...planned.faults.map(({ afterMs }) => afterMs)))]);
  await pause(planned.holdMs);
  const settled = await healed(ground, pending);
  const dead = settled === true ? await stillDead(ground, ledger) : [];
  await pause(CALM_MS);
  await witness.stop();
  load.stop();
  await allSettled(ledger);
  const faults = await Promise.all(pending);
  const violations = [
    ...ledger.violations,
    ...context.accidents.splice(0),
    ...lateCalls(ledger, stalls, figures),
    ...witness.violations,
    ...dead,
    ...tooManyLines(ground, planned, figures),
  ];
  let audited: Audit | undefined;
  if (settled === true) {
    audited = await audit(ground, ledger);
    violations.push(...audited.ghosts, ...audited.duplicates, ...(await lateGhosts(context)), ...(await footprint(context)));
    // Replication loses what a primary had alone. Where there was one primary all along, nobody but the client can have.
    if (audited.lost > 0 && reigned === (await reign(ground)))
      violations.push(`lost: ${audited.lost} acknowledged writes are not there, and the primary was the same all along`);
  }
  figures.longestRecoveryMs = Math.max(figures.longestRecoveryMs, witness.longestRecoveryMs);
  tally(planned, ledger, audited, figures);
  const notes = settled === true ? '' : `; ${settled}`;
  return {
    verdict: violations.length > 0 ? 'violated' : settled === true ? 'held' : 'unsettled',
    faults,
    violations,
    summary: `${summarize(ledger, audited)}, back in ${Math.round(witness.longestRecoveryMs)} ms${notes}`,
    ledger,
  };
}

/** True once the servers have found together again, else why not. */
async function healed(ground: Ground, pending: readonly Promise<string>[]): Promise<true | string> {
  try {
    await heal(ground);
    await Promise.all(pending);
    await heal(ground);
    await ground.topology.settled(undefined, { timeoutMs: SETTLED_WITHIN_MS });
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The servers are whole: what begins now has to succeed soon, in the cache that tells failures and in the one that fails fast. */
async function stillDead({ caches, tolerant }: Ground, ledger: Ledger): Promise<string[]> {
  const sinceMs = performance.now();
  let [strictWorks, tolerantWorks] = [false, false];
  while (performance.now() < sinceMs + BACK_WITHIN_MS) {
    strictWorks ||= ledger.firstAcknowledgedAfter(sinceMs) !== undefined;
    tolerantWorks ||= await tolerant.set('back', 1, '1m');
    if (strictWorks && tolerantWorks) return [];
    await pause(20);
  }
  const dead = [...(strictWorks ? [] : ['the strict cache']), ...(tolerantWorks ? [] : ['the cache with IGNORE_EXCEPTIONS'])];
  const state = JSON.stringify(caches.topology()?.state);
  return [`dead client: all servers have been whole for ${BACK_WITHIN_MS} ms, and ${dead.join(' and ')} did not write; ${state}`];
}

async function allSettled(ledger: Ledger): Promise<void> {
  const untilMs = performance.now() + CALLS_OF_A_SESSION * DEADLINE_MS + SLACK_MS;
  while (ledger.unsettled().length > 0 && performance.now() < untilMs) await pause(20);
}

function lateCalls(ledger: Ledger, stalls: StallMeter, figures: Figures): string[] {
  const unsettled = ledger.unsettled().map(({ kind, sequence }) => `never settled: ${kind} ${sequence}`);
  const late = ledger.entries.flatMap(({ kind, sequence, startedAtMs, settledAtMs }) => {
    if (settledAtMs === undefined) return [];
    const tookMs = settledAtMs - startedAtMs - stalls.stalledMs(startedAtMs, settledAtMs);
    if (kind !== 'session') figures.longestCallMs = Math.max(figures.longestCallMs, tookMs);
    const limitMs = DEADLINE_MS * (kind === 'session' ? CALLS_OF_A_SESSION : 1) + SLACK_MS;
    return tookMs > limitMs ? [`late: ${kind} ${sequence} took ${Math.round(tookMs)} ms`] : [];
  });
  return [...unsettled, ...late];
}

function tooManyLines({ log }: Ground, { faults }: PlannedRound, figures: Figures): string[] {
  figures.mostLogLines = Math.max(figures.mostLogLines, log.length);
  const limit = LINES + LINES_PER_FAULT * faults.length;
  return log.length > limit ? [`${log.length} log lines, expected at most ${limit}`] : [];
}

async function lateGhosts({ ground, previous }: RoundContext): Promise<string[]> {
  if (!previous) return [];
  const { ghosts, duplicates } = await audit(ground, previous);
  await forget(ground, previous);
  return [...ghosts, ...duplicates].map((found) => `a round later, ${found}`);
}

async function footprint({ ground, figures }: RoundContext): Promise<string[]> {
  const crowded = [...(await socketsByNode(ground))].filter(([, sockets]) => sockets > MOST_AT_A_NODE);
  const sockets = socketsOfProcess();
  figures.mostSockets = Math.max(figures.mostSockets, sockets);
  figures.heapEndMb = heapMb();
  if (figures.heapStartMb === 0) figures.heapStartMb = figures.heapEndMb;
  const grownMb = figures.heapEndMb - figures.heapStartMb;
  return [
    ...crowded.map(([name, found]) => `${found} of our sockets at ${name}, expected at most ${MOST_AT_A_NODE}`),
    ...(sockets > MOST_SOCKETS ? [`${sockets} sockets in this process, expected at most ${MOST_SOCKETS}`] : []),
    ...(grownMb > HEAP_GROWTH_MB ? [`the heap has grown by ${grownMb.toFixed(1)} MB since the first round`] : []),
  ];
}

function tally(planned: PlannedRound, ledger: Ledger, audited: Audit | undefined, figures: Figures): void {
  for (const { kind } of planned.faults) count(figures.faults, kind);
  figures.calls += ledger.entries.length;
  for (const { failure } of ledger.entries) if (failure) count(figures.failures, failure);
  figures.ghosts += audited?.ghosts.length ?? 0;
  figures.duplicates += audited?.duplicates.length ?? 0;
  figures.lost += audited?.lost ?? 0;
}

function summarize(ledger: Ledger, audited: Audit | undefined): string {
  const failed = ledger.entries.filter(({ failure }) => failure !== undefined);
  const unknown = failed.filter(({ executed }) => executed === 'unknown').length;
  return `${ledger.entries.length} calls, ${failed.length} failed (${unknown} unknown), ${audited?.lost ?? '?'} lost`;
}
