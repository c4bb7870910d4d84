import { setTimeout as pause } from 'node:timers/promises';

import { CacheUnavailableError, CommandRejectedError } from 'nestjs-sentinel-cache';

/** One call: when it began, how it ended. */
export interface Call<T> {
  readonly id: number;
  readonly startedAtMs: number;
  settledAtMs: number | undefined;
  value: T | undefined;
  error: unknown;
}

/** Remembers what every caller was told. */
export class CallLedger<T = unknown> {
  readonly calls: Call<T>[] = [];

  /** Makes a call and remembers it; the id is handed to the maker. */
  make(call: (id: number) => Promise<T>): Call<T> {
    const entry: Call<T> = {
      id: this.calls.length,
      startedAtMs: performance.now(),
      settledAtMs: undefined,
      value: undefined,
      error: undefined,
    };
    this.calls.push(entry);
    call(entry.id).then(
      (value) => {
        entry.settledAtMs = performance.now();
        entry.value = value;
      },
      (error: unknown) => {
        entry.settledAtMs = performance.now();
        entry.error = error;
      },
    );
    return entry;
  }

  /** Open loop: a call every so often, whether the last was answered or not, until `done`. */
  async makeUntil(done: Promise<unknown>, everyMs: number, call: (id: number) => Promise<T>): Promise<void> {
    let going = true;
    const stop = (): void => void (going = false);
    done.then(stop, stop);
    for (; going; await pause(everyMs)) this.make(call);
    await done;
    await this.settle();
  }

  /** Waits until every call has ended, or `withinMs` are over; gives back how many have not. */
  async settle(withinMs = 5000): Promise<number> {
    const untilMs = performance.now() + withinMs;
    while (this.unsettled().length > 0 && performance.now() < untilMs) await pause(5);
    return this.unsettled().length;
  }

  unsettled(): Call<T>[] {
    return this.calls.filter((call) => call.settledAtMs === undefined);
  }

  answered(): Call<T>[] {
    return this.calls.filter((call) => call.settledAtMs !== undefined && call.error === undefined);
  }

  rejected(executed?: false | 'unknown'): Call<T>[] {
    return this.calls.filter(
      (call) => call.error !== undefined && (executed === undefined || executedOf(call.error) === executed),
    );
  }

  longestMs(): number {
    return Math.max(0, ...this.calls.map((call) => (call.settledAtMs ?? Infinity) - call.startedAtMs));
  }

  /** Every rejection is one of ours, and says whether it was executed. */
  untyped(): unknown[] {
    return this.rejected()
      .filter(({ error }) => executedOf(error) === undefined)
      .map(({ error }) => error);
  }

  /** How often which reason (or Redis' code) was told. */
  reasons(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { error } of this.rejected()) {
      const { reason, redisCode, name } = error as { reason?: string; redisCode?: string; name: string };
      const word = reason ?? redisCode ?? name;
      counts[word] = (counts[word] ?? 0) + 1;
    }
    return counts;
  }
}

/** What a rejection says about its command; `undefined` for an error that should not be there. */
export function executedOf(error: unknown): false | 'unknown' | undefined {
  return error instanceof CacheUnavailableError || error instanceof CommandRejectedError ? error.executed : undefined;
}
