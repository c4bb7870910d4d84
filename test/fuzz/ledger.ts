import { CacheUnavailableError, CommandRejectedError, type Executed } from 'nestjs-sentinel-cache';

/** `push`, `set`, `add` and `session` leave their own number behind; `incr` adds one to a counter. */
export type WriteKind = 'push' | 'set' | 'add' | 'session' | 'incr';

/** One call: when it began, what its caller was told. */
export interface Entry {
  readonly sequence: number;
  readonly kind: WriteKind | 'read' | 'tolerant';
  readonly startedAtMs: number;
  settledAtMs?: number;
  /** The promise was kept; for `add` and `session` with the answer "it was I". */
  acknowledged?: boolean;
  /** Of a rejection: can it have happened? */
  executed?: Executed;
  /** `reason/executed` of a rejection. */
  failure?: string;
}

/** Every call of one round, and what should not have happened. */
export class Ledger {
  readonly entries: Entry[] = [];
  /** What no fault excuses: an error of the wrong class, a value that nobody wrote. */
  readonly violations: string[] = [];

  constructor(
    /** In front of every key of the round. */
    readonly prefix: string,
  ) {}

  /** Follows a call to its end. `judge` says what an answer means: true or false for "it was I", or a violation as text. */
  follow<T>(kind: Entry['kind'], sequence: number, call: Promise<T>, judge: (answer: T) => boolean | string = () => true): void {
    const entry: Entry = { sequence, kind, startedAtMs: performance.now() };
    this.entries.push(entry);
    call.then(
      (answer) => {
        entry.settledAtMs = performance.now();
        const verdict = judge(answer);
        if (typeof verdict === 'string') this.violations.push(`${kind} ${sequence}: ${verdict}`);
        entry.acknowledged = verdict === true;
      },
      (error: unknown) => {
        entry.settledAtMs = performance.now();
        this.noteFailure(entry, error);
      },
    );
  }

  unsettled(): Entry[] {
    return this.entries.filter(({ settledAtMs }) => settledAtMs === undefined);
  }

  of(kind: Entry['kind']): Entry[] {
    return this.entries.filter((entry) => entry.kind === kind);
  }

  /** When a write that began at or after that moment was first acknowledged. */
  firstAcknowledgedAfter(atMs: number): number | undefined {
    return this.entries.find((entry) => isWrite(entry) && entry.startedAtMs >= atMs && entry.acknowledged)?.settledAtMs;
  }

  private noteFailure(entry: Entry, error: unknown): void {
    if (entry.kind === 'tolerant') this.violations.push(`a cache with IGNORE_EXCEPTIONS rejected: ${describe(error)}`);
    if (error instanceof CacheUnavailableError) {
      entry.executed = error.executed;
      entry.failure = `${error.reason}/${error.executed}`;
    } else if (error instanceof CommandRejectedError) {
      entry.executed = error.executed;
      entry.failure = `${error.redisCode}/${error.executed}`;
    } else {
      this.violations.push(`${entry.kind} ${entry.sequence}: rejected with ${describe(error)}`);
      entry.executed = 'unknown';
      entry.failure = 'other';
    }
    if (entry.executed !== false && entry.executed !== 'unknown')
      this.violations.push(`${entry.kind} ${entry.sequence}: executed is ${String(entry.executed)}: ${describe(error)}`);
  }
}

export function isWrite({ kind }: Entry): boolean {
  return kind !== 'read' && kind !== 'tolerant';
}

export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
