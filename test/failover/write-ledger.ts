import { setTimeout as pause } from 'node:timers/promises';

import { CacheUnavailableError, CommandRejectedError, type SentinelCache } from 'nestjs-sentinel-cache';

/** One call of the load: when it began, how it ended. */
export interface LedgerEntry {
  readonly sequence: number;
  readonly kind: 'set' | 'push';
  /** The stored key that it wrote to. */
  readonly key: string;
  readonly startedAtMs: number;
  settledAtMs: number | undefined;
  acknowledged: boolean;
  error: unknown;
}

/**
 * Open-loop load: two writes every `intervalMs`, whether the last ones were answered or not, each remembered with what its caller
 * was told. Afterwards the surviving primary is asked what it really holds.
 */
export class WriteLedger {
  readonly entries: LedgerEntry[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly unhandled: unknown[] = [];
  private readonly onUnhandled = (reason: unknown): void => void this.unhandled.push(reason);

  /** Ledgers on the same data need different names. */
  constructor(
    private readonly cache: SentinelCache,
    private readonly name = 'ledger',
  ) {}

  start(intervalMs = 10): void {
    process.on('unhandledRejection', this.onUnhandled);
    this.timer = setInterval(() => this.tick(), intervalMs);
  }

  /** Ends the load and waits until every call has settled, or `withinMs` are over. */
  async stop(withinMs = 120_000): Promise<void> {
    clearInterval(this.timer);
    const untilMs = performance.now() + withinMs;
    while (this.unsettled().length > 0 && performance.now() < untilMs) await pause(10);
    process.off('unhandledRejection', this.onUnhandled);
  }

  unsettled(): LedgerEntry[] {
    return this.entries.filter((entry) => entry.settledAtMs === undefined);
  }

  rejected(): LedgerEntry[] {
    return this.entries.filter((entry) => entry.error !== undefined);
  }

  unhandledRejections(): readonly unknown[] {
    return this.unhandled;
  }

  longestMs(): number {
    return Math.max(...this.entries.map((entry) => (entry.settledAtMs ?? Infinity) - entry.startedAtMs));
  }

  /** The first acknowledgement of a call that began at or after that moment. */
  firstAcknowledgedAfter(atMs: number): LedgerEntry | undefined {
    const after = this.entries.filter((entry) => entry.acknowledged && entry.settledAtMs! >= atMs);
    return after.sort((a, b) => a.settledAtMs! - b.settledAtMs!)[0];
  }

  /** Compares what callers were told with what the primary holds now. */
  async audit(): Promise<{ ghosts: number; lost: LedgerEntry[]; duplicates: number }> {
    const list = ((await this.cache.command('LRANGE', this.cache.makeKey(this.name), 0, -1)) as Buffer[]).map(Number);
    const pushed = new Set(list);
    const sets = this.entries.filter((entry) => entry.kind === 'set');
    const stored = new Set<number>();
    for (let i = 0; i < sets.length; i += 500) {
      const replies = (await this.cache.command('MGET', ...sets.slice(i, i + 500).map(({ key }) => key))) as (Buffer | null)[];
      replies.forEach((reply, j) => reply !== null && stored.add(sets[i + j]!.sequence));
    }
    const present = ({ kind, sequence }: LedgerEntry): boolean => (kind === 'set' ? stored : pushed).has(sequence);
    return {
      ghosts: this.rejected().filter((entry) => executedOf(entry.error) === false && present(entry)).length,
      lost: this.entries.filter((entry) => entry.acknowledged && !present(entry)),
      duplicates: list.length - pushed.size,
    };
  }

  private tick(): void {
    const sequence = this.entries.length;
    const [key, list] = [`${this.name}:${sequence}`, this.cache.makeKey(this.name)];
    this.follow({ kind: 'set', sequence, key: this.cache.makeKey(key) }, this.cache.set(key, sequence, null));
    this.follow({ kind: 'push', sequence: sequence + 1, key: list }, this.cache.command('RPUSH', list, sequence + 1));
  }

  private follow(what: Pick<LedgerEntry, 'kind' | 'sequence' | 'key'>, call: Promise<unknown>): void {
    const entry: LedgerEntry = {
      ...what,
      startedAtMs: performance.now(),
      settledAtMs: undefined,
      acknowledged: false,
      error: undefined,
    };
    this.entries.push(entry);
    call.then(
      () => {
        entry.settledAtMs = performance.now();
        entry.acknowledged = true;
      },
      (error: unknown) => {
        entry.settledAtMs = performance.now();
        entry.error = error;
      },
    );
  }
}

/** What a rejection says about its command; `undefined` for an error that should not be there. */
export function executedOf(error: unknown): false | 'unknown' | undefined {
  return error instanceof CacheUnavailableError || error instanceof CommandRejectedError ? error.executed : undefined;
}
