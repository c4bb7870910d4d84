import type {
  Backend,
  EntryToken,
  FailureTolerance,
  LivingEntry,
  LivingLifetime,
  PlannedWrite,
  RemainingLife,
  ScanOptions,
  SetCondition,
  StoredBytes,
} from '../../backends/port/backend.js';
import type { LockStore } from '../../backends/port/lock-store.js';
import type { StructureStore } from '../../backends/port/structure-store.js';
import { isObserved, observeOperation, type Outcome } from '../../telemetry/observe-operation.js';
import type { OperationName } from '../../telemetry/operation-event.js';
import type { Clock } from '../../time/clock.js';
import type { Lifetime } from '../../time/lifetime.js';
import { observedLocks, observedStructures } from './observed-stores.js';

/**
 * Tells what is asked of a backend, and how that ended, to whoever listens on the operations' tracing channel: each operation once, as
 * the backend sees it, so before IGNORE_EXCEPTIONS makes a miss of an outage. While nobody listens it costs one branch.
 */
export class ObservedBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly hasty?: Backend;
  readonly clock?: Clock;
  readonly locks: LockStore;
  readonly structures: StructureStore;

  constructor(
    private readonly inner: Backend,
    private readonly alias: string,
  ) {
    this.readsMayLag = inner.readsMayLag;
    this.locks = observedLocks(inner.locks, alias);
    this.structures = observedStructures(inner.structures, alias);
    if (inner.clock) this.clock = inner.clock;
    if (inner.hasty) this.hasty = new ObservedBackend(inner.hasty, alias);
  }

  refused<T>(write: PlannedWrite): Promise<T> | undefined {
    const refused = this.inner.refused?.<T>(write);
    if (!refused || !isObserved()) return refused;
    return this.observe({ operation: write.operation, keys: write.keys.length }, () => refused);
  }

  get(key: string, fresh?: boolean): Promise<Buffer | null> {
    if (!isObserved()) return this.inner.get(key, fresh);
    return this.observe({ operation: 'get', keys: 1 }, () => this.inner.get(key, fresh), lookedUp);
  }

  getMany(keys: readonly string[], excuse?: FailureTolerance): Promise<(Buffer | null)[]> {
    if (!isObserved()) return this.inner.getMany(keys, excuse);
    return this.observe({ operation: 'getMany', keys: keys.length }, () => this.inner.getMany(keys, excuse), lookedUpMany);
  }

  getWithLife(key: string): ReturnType<Backend['getWithLife']> {
    if (!isObserved()) return this.inner.getWithLife(key);
    return this.observe({ operation: 'get', keys: 1 }, () => this.inner.getWithLife(key), lookedUp);
  }

  getManyWithLife(keys: readonly string[], excuse?: FailureTolerance): Promise<(LivingEntry | null)[]> {
    if (!isObserved()) return this.inner.getManyWithLife(keys, excuse);
    const what = { operation: 'getMany', keys: keys.length } as const;
    return this.observe(what, () => this.inner.getManyWithLife(keys, excuse), lookedUpMany);
  }

  set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean> {
    if (!isObserved()) return this.inner.set(key, bytes, lifetime, condition);
    return this.observe({ operation: condition === 'nx' ? 'add' : 'set', keys: 1 }, () =>
      this.inner.set(key, bytes, lifetime, condition),
    );
  }

  setMany(
    entries: readonly (readonly [string, StoredBytes])[],
    lifetime: LivingLifetime,
    excuse?: FailureTolerance,
  ): Promise<void> {
    if (!isObserved()) return this.inner.setMany(entries, lifetime, excuse);
    return this.observe({ operation: 'setMany', keys: entries.length }, () => this.inner.setMany(entries, lifetime, excuse));
  }

  delete(keys: readonly string[], excuse?: FailureTolerance): Promise<number> {
    if (!isObserved()) return this.inner.delete(keys, excuse);
    return this.observe({ operation: 'delete', keys: keys.length }, () => this.inner.delete(keys, excuse));
  }

  has(key: string): Promise<boolean> {
    if (!isObserved()) return this.inner.has(key);
    return this.observe({ operation: 'has', keys: 1 }, () => this.inner.has(key), found);
  }

  touch(key: string, lifetime: LivingLifetime): Promise<boolean> {
    if (!isObserved()) return this.inner.touch(key, lifetime);
    return this.observe({ operation: 'touch', keys: 1 }, () => this.inner.touch(key, lifetime));
  }

  expireAt(key: string, atMs: number): Promise<boolean> {
    if (!isObserved()) return this.inner.expireAt(key, atMs);
    return this.observe({ operation: 'touch', keys: 1 }, () => this.inner.expireAt(key, atMs));
  }

  increment(key: string, delta: bigint, most?: number): Promise<string | null> {
    if (!isObserved()) return this.inner.increment(key, delta, most);
    return this.observe({ operation: 'incr', keys: 1 }, () => this.inner.increment(key, delta, most));
  }

  remaining(key: string): Promise<RemainingLife> {
    if (!isObserved()) return this.inner.remaining(key);
    return this.observe({ operation: 'ttl', keys: 1 }, () => this.inner.remaining(key));
  }

  move(from: string, to: string): Promise<boolean> {
    if (!isObserved()) return this.inner.move(from, to);
    return this.observe({ operation: 'incrVersion', keys: 1 }, () => this.inner.move(from, to));
  }

  getWithToken(key: string): ReturnType<Backend['getWithToken']> {
    if (!isObserved()) return this.inner.getWithToken(key);
    return this.observe(
      { operation: 'getWithToken', keys: 1 },
      () => this.inner.getWithToken(key),
      ({ bytes }) => lookedUp(bytes),
    );
  }

  compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    if (!isObserved()) return this.inner.compareAndSet(key, token, bytes, lifetime);
    return this.observe({ operation: 'compareAndSet', keys: 1 }, () => this.inner.compareAndSet(key, token, bytes, lifetime));
  }

  /** Each batch is an operation of its own: what lies between two is the caller's time. */
  async *scan(pattern: string, options?: ScanOptions): AsyncGenerator<readonly Buffer[], void, void> {
    const batches = this.inner.scan(pattern, options)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const batch = await (isObserved() ? this.observe({ operation: 'keys', keys: 0 }, () => batches.next()) : batches.next());
        if (batch.done) return;
        yield batch.value;
      }
    } finally {
      await batches.return?.();
    }
  }

  deleteMatching(pattern: string, options?: ScanOptions): Promise<number> {
    if (!isObserved()) return this.inner.deleteMatching(pattern, options);
    return this.observe({ operation: 'clear', keys: 0 }, () => this.inner.deleteMatching(pattern, options));
  }

  deleteAll(): Promise<void> {
    if (!isObserved()) return this.inner.deleteAll();
    return this.observe({ operation: 'clear', keys: 0 }, () => this.inner.deleteAll());
  }

  command(name: string, args: readonly (string | Buffer | number)[]): Promise<unknown> {
    if (!isObserved()) return this.inner.command(name, args);
    return this.observe({ operation: 'command', keys: 0 }, () => this.inner.command(name, args));
  }

  private observe<T>(
    what: { readonly operation: OperationName; readonly keys: number },
    run: () => Promise<T>,
    read: (result: T) => Outcome = done,
  ): Promise<T> {
    return observeOperation({ alias: this.alias, ...what }, run, read);
  }
}

const DONE: Outcome = Object.freeze({ outcome: 'done' });
const HIT: Outcome = Object.freeze({ outcome: 'hit', hits: 1, misses: 0 });
const MISS: Outcome = Object.freeze({ outcome: 'miss', hits: 0, misses: 1 });

function done(): Outcome {
  return DONE;
}

function found(isThere: boolean): Outcome {
  return isThere ? HIT : MISS;
}

function lookedUp(entry: unknown): Outcome {
  return found(entry !== null);
}

function lookedUpMany(entries: readonly unknown[]): Outcome {
  const hits = entries.filter((entry) => entry !== null).length;
  return { outcome: 'done', hits, misses: entries.length - hits };
}
