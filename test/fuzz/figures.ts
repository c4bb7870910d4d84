import type { FaultKind } from './fault-plan.js';

/** What a whole run came to; grows round by round. */
export class Figures {
  readonly startedAtMs = performance.now();
  rounds = 0;
  failedRounds = 0;
  /** Rounds after which the servers themselves did not find together, so that nothing could be judged. */
  unsettledRounds = 0;
  readonly faults = new Map<FaultKind, number>();
  calls = 0;
  /** `reason/executed` of every rejection. */
  readonly failures = new Map<string, number>();
  ghosts = 0;
  duplicates = 0;
  /** Acknowledged, and gone with a primary: asynchronous replication, which no client can mend. */
  lost = 0;
  longestCallMs = 0;
  longestRecoveryMs = 0;
  mostLogLines = 0;
  mostSockets = 0;
  heapStartMb = 0;
  heapEndMb = 0;

  /** One line a fact, for people. */
  lines(seed: number): string[] {
    const sorted = (counts: ReadonlyMap<string, number>): string =>
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ') || 'none';
    const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((total, count) => total + count, 0);
    const minutes = ((performance.now() - this.startedAtMs) / 60_000).toFixed(1);
    return [
      `seed ${seed}: ${this.rounds} rounds in ${minutes} minutes, ${this.failedRounds} failed, ${this.unsettledRounds} not judged`,
      `faults ${sum(this.faults)}: ${sorted(this.faults)}`,
      `calls ${this.calls}, failures told ${sum(this.failures)}: ${sorted(this.failures)}`,
      `ghosts ${this.ghosts}, duplicates ${this.duplicates}, acknowledged and lost by replication ${this.lost}`,
      `longest call ${Math.round(this.longestCallMs)} ms (stalls of this process taken off), ` +
        `longest way back to a reachable primary ${Math.round(this.longestRecoveryMs)} ms`,
      `heap ${this.heapStartMb.toFixed(1)} -> ${this.heapEndMb.toFixed(1)} MB, sockets at most ${this.mostSockets}, ` +
        `log lines a round at most ${this.mostLogLines}`,
    ];
  }
}

/** Counts one more. */
export function count<K>(counts: Map<K, number>, name: K, times = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}
