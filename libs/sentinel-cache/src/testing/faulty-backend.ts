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
} from '../backends/port/backend.js';
import type { LockStore } from '../backends/port/lock-store.js';
import type { StructureStore } from '../backends/port/structure-store.js';
import type { OperationName } from '../telemetry/operation-event.js';
import type { Clock } from '../time/clock.js';
import type { Lifetime } from '../time/lifetime.js';
import { isWrite, type FaultyCall } from './fault-plan.js';

/** Lets a call through, late or not at all. */
export type CallRunner = <T>(call: FaultyCall, act: () => Promise<T>) => Promise<T>;

/** A backend whose calls go through a runner first, each once, under the names that telemetry has for them. */
export class FaultyBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly clock?: Clock;
  readonly hasty?: Backend;
  readonly locks: LockStore;
  readonly structures: StructureStore;

  constructor(
    private readonly inner: Backend,
    private readonly alias: string,
    private readonly runner: CallRunner,
  ) {
    this.readsMayLag = inner.readsMayLag;
    if (inner.clock) this.clock = inner.clock;
    if (inner.hasty) this.hasty = new FaultyBackend(inner.hasty, alias, runner);
    this.locks = this.faultyLocks(inner.locks);
    this.structures = this.faultyStructures(inner.structures);
  }

  refused<T>(write: PlannedWrite): Promise<T> | undefined {
    return this.inner.refused?.<T>(write);
  }

  get(key: string, fresh?: boolean): Promise<Buffer | null> {
    return this.run('get', () => this.inner.get(key, fresh));
  }

  getMany(keys: readonly string[], excuse?: FailureTolerance): Promise<(Buffer | null)[]> {
    return this.run('getMany', () => this.inner.getMany(keys, excuse));
  }

  getWithLife(key: string): ReturnType<Backend['getWithLife']> {
    return this.run('get', () => this.inner.getWithLife(key));
  }

  getManyWithLife(keys: readonly string[], excuse?: FailureTolerance): Promise<(LivingEntry | null)[]> {
    return this.run('getMany', () => this.inner.getManyWithLife(keys, excuse));
  }

  set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean> {
    return this.run(condition === 'nx' ? 'add' : 'set', () => this.inner.set(key, bytes, lifetime, condition));
  }

  setMany(
    entries: readonly (readonly [string, StoredBytes])[],
    lifetime: LivingLifetime,
    excuse?: FailureTolerance,
  ): Promise<void> {
    return this.run('setMany', () => this.inner.setMany(entries, lifetime, excuse));
  }

  delete(keys: readonly string[], excuse?: FailureTolerance): Promise<number> {
    return this.run('delete', () => this.inner.delete(keys, excuse));
  }

  has(key: string): Promise<boolean> {
    return this.run('has', () => this.inner.has(key));
  }

  touch(key: string, lifetime: LivingLifetime): Promise<boolean> {
    return this.run('touch', () => this.inner.touch(key, lifetime));
  }

  expireAt(key: string, atMs: number): Promise<boolean> {
    return this.run('touch', () => this.inner.expireAt(key, atMs));
  }

  increment(key: string, delta: bigint, most?: number): Promise<string | null> {
    return this.run('incr', () => this.inner.increment(key, delta, most));
  }

  remaining(key: string): Promise<RemainingLife> {
    return this.run('ttl', () => this.inner.remaining(key));
  }

  move(from: string, to: string): Promise<boolean> {
    return this.run('incrVersion', () => this.inner.move(from, to));
  }

  getWithToken(key: string): ReturnType<Backend['getWithToken']> {
    return this.run('getWithToken', () => this.inner.getWithToken(key));
  }

  compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    return this.run('compareAndSet', () => this.inner.compareAndSet(key, token, bytes, lifetime));
  }

  scan(pattern: string, options?: ScanOptions): AsyncIterable<readonly Buffer[]> {
    return this.eachBatch(this.inner.scan(pattern, options), 'keys', false);
  }

  deleteMatching(pattern: string, options?: ScanOptions): Promise<number> {
    return this.run('clear', () => this.inner.deleteMatching(pattern, options));
  }

  deleteAll(): Promise<void> {
    return this.run('clear', () => this.inner.deleteAll());
  }

  command(name: string, args: readonly (string | Buffer | number)[]): Promise<unknown> {
    return this.run('command', () => this.inner.command(name, args));
  }

  private faultyLocks(inner: LockStore): LockStore {
    return {
      claim: (...args) => this.run('lock', () => inner.claim(...args)),
      holds: (...args) => this.run('has', () => inner.holds(...args)),
      isTaken: (...args) => this.run('has', () => inner.isTaken(...args)),
      renew: (...args) => this.run('extendLock', () => inner.renew(...args)),
      drop: (...args) => this.run('unlock', () => inner.drop(...args)),
    };
  }

  private faultyStructures(inner: StructureStore): StructureStore {
    return {
      run: (command) => this.run('command', () => inner.run(command), command.kind === 'write'),
      scan: (scan) => this.eachBatch(inner.scan(scan), 'command', false),
    };
  }

  private async *eachBatch(
    inner: AsyncIterable<readonly Buffer[]>,
    operation: OperationName,
    writes: boolean,
  ): AsyncGenerator<readonly Buffer[], void, void> {
    const batches = inner[Symbol.asyncIterator]();
    try {
      for (;;) {
        const batch = await this.run(operation, () => batches.next(), writes);
        if (batch.done) return;
        yield batch.value;
      }
    } finally {
      await batches.return?.();
    }
  }

  private run<T>(operation: OperationName, act: () => Promise<T>, writes = isWrite(operation)): Promise<T> {
    return this.runner({ alias: this.alias, operation, writes }, act);
  }
}
