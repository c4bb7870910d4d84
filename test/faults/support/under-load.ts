import { expect } from '@jest/globals';

import { executedOf, WriteLedger, type LedgerEntry } from '../../failover/write-ledger.js';
import { until } from '../../cache/support/waiting.js';
import type { Client } from './clients.js';

/** Two writes every 20 ms, answered or not: a hundred calls a second. */
const INTERVAL_MS = 20;
const WARM_UP_MS = 300;
/** A call settles within its deadline; two seconds more for a busy machine. Exact times are for `npm run test:promises`. */
const DEADLINE_MS = 500;
const HANGS_MS = 2000;
let rounds = 0;

/** What came of a fault under load. */
export interface Outcome {
  readonly ledger: WriteLedger;
  readonly faultAtMs: number;
  readonly rejected: readonly LedgerEntry[];
  /** Told as `executed: 'unknown'`. */
  readonly unknown: readonly LedgerEntry[];
  /** Acknowledged, and not there afterwards. */
  readonly lost: readonly LedgerEntry[];
  readonly longestMs: number;
}

/** The fault, and when the load may end: `back` waits for the first acknowledgement of a call that began after that moment. */
export interface UnderLoad {
  readonly inflict: (ledger: WriteLedger) => Promise<unknown>;
  /** After the load has ended, before the primary is asked what it holds: the topology has to be whole again. */
  readonly heal?: () => Promise<unknown>;
  /** Goes on that long after the fault is over and writes are acknowledged again. */
  readonly afterwardsMs?: number;
  readonly deadlineMs?: number;
}

/**
 * Writes through `client` while a fault is inflicted, until writes are acknowledged again, and audits what everybody was told.
 *
 * Always asserted: every call settled, and within its deadline (and a bound of seconds); every rejection says whether it was
 * executed; what was told "not executed" is not there (no ghost), nothing is there twice; no rejection without a handler.
 */
export async function underLoad(client: Client, load: UnderLoad): Promise<Outcome> {
  rounds += 1;
  const ledger = new WriteLedger(client.cache, `round${rounds}`);
  ledger.start(INTERVAL_MS);
  await pauseUntil(ledger, WARM_UP_MS);
  const faultAtMs = performance.now();
  await load.inflict(ledger);
  await acknowledgedAgain(ledger);
  await pauseUntil(ledger, performance.now() - ledger.entries[0]!.startedAtMs + (load.afterwardsMs ?? 500));
  await ledger.stop();
  await load.heal?.();
  const audit = await ledger.audit();
  const rejected = ledger.rejected();
  expect({
    unsettled: ledger.unsettled().length,
    unhandled: ledger.unhandledRejections().length,
    untyped: rejected.filter(({ error }) => executedOf(error) === undefined).map(({ error }) => error),
    ghosts: audit.ghosts,
    duplicates: audit.duplicates,
  }).toEqual({ unsettled: 0, unhandled: 0, untyped: [], ghosts: 0, duplicates: 0 });
  expect(ledger.longestMs()).toBeLessThan((load.deadlineMs ?? DEADLINE_MS) + HANGS_MS);
  const unknown = rejected.filter(({ error }) => executedOf(error) === 'unknown');
  return { ledger, faultAtMs, rejected, unknown, lost: audit.lost, longestMs: ledger.longestMs() };
}

/** Waits until a call that begins from now on is acknowledged. */
export async function acknowledgedAgain(ledger: WriteLedger, withinMs = 15_000): Promise<LedgerEntry> {
  const sinceMs = performance.now();
  const found = (): LedgerEntry | undefined => ledger.entries.find((entry) => entry.startedAtMs >= sinceMs && entry.acknowledged);
  await until('a write is acknowledged again', () => found() !== undefined, withinMs);
  return found()!;
}

async function pauseUntil(ledger: WriteLedger, ms: number): Promise<void> {
  await until('the load has run that long', () => {
    const [first] = ledger.entries;
    return first !== undefined && performance.now() - first.startedAtMs >= ms;
  });
}

/** `reason` or `redisCode` of each rejection, counted: for messages and figures. */
export function countReasons(rejected: readonly LedgerEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { error } of rejected) {
    const { reason, redisCode } = error as { reason?: string; redisCode?: string };
    const name = `${reason ?? redisCode} ${String(executedOf(error))}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A line of figures for whoever reads the run. */
export function report(fault: string, { ledger, rejected, lost, longestMs }: Outcome): void {
  const reasons = Object.entries(countReasons(rejected)).map(([name, count]) => `${count} ${name}`);
  process.stdout.write(
    `${fault}: ${ledger.entries.length} calls, ${rejected.length} rejected (${reasons.join(', ') || 'none'}), ` +
      `${lost.length} acknowledged and lost, longest ${Math.round(longestMs)} ms\n`,
  );
}
