import type {
  Backend,
  EntryToken,
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
import type { Clock } from '../time/clock.js';
import type { Lifetime } from '../time/lifetime.js';
import { excuseOf, ignoringOutage } from './entry/error-policy.js';

/**
 * IGNORE_EXCEPTIONS: during an outage, or while the server is full or busy, entries read as missing, and writes are dropped.
 * What would lie by a neutral answer still tells: tokens and compare-and-set, commands, deleting everything.
 */
export class TolerantBackend implements Backend {
  readonly readsMayLag: boolean;
  readonly clock?: Clock;
  readonly locks: LockStore;
  readonly structures: StructureStore;

  constructor(
    readonly strict: Backend,
    private readonly alias: string,
  ) {
    this.readsMayLag = strict.readsMayLag;
    if (strict.clock) this.clock = strict.clock;
    this.locks = strict.locks;
    this.structures = strict.structures;
  }

  refused<T>(write: PlannedWrite): Promise<T> | undefined {
    const refused = this.strict.refused?.<T>(write);
    if (!refused || write.operation === 'compareAndSet') return refused;
    const isMany = write.operation === 'setMany';
    return this.or(isMany ? 'setMany' : 'set', (isMany ? undefined : false) as T, () => refused);
  }

  get(key: string, fresh?: boolean): Promise<Buffer | null> {
    return this.or('get', null, () => this.strict.get(key, fresh));
  }

  getMany(keys: readonly string[]): Promise<(Buffer | null)[]> {
    const none = keys.map(() => null);
    return this.or<(Buffer | null)[]>('getMany', none, () => this.strict.getMany(keys, excuseOf(this.alias, 'getMany')));
  }

  getWithLife(key: string): ReturnType<Backend['getWithLife']> {
    return this.or('get', null, () => this.strict.getWithLife(key));
  }

  getManyWithLife(keys: readonly string[]): Promise<(LivingEntry | null)[]> {
    const none = keys.map(() => null);
    const excuse = excuseOf(this.alias, 'getMany');
    return this.or<(LivingEntry | null)[]>('getMany', none, () => this.strict.getManyWithLife(keys, excuse));
  }

  set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean> {
    return this.or('set', false, () => this.strict.set(key, bytes, lifetime, condition));
  }

  setMany(entries: readonly (readonly [string, StoredBytes])[], lifetime: LivingLifetime): Promise<void> {
    return this.or('setMany', undefined, () => this.strict.setMany(entries, lifetime, excuseOf(this.alias, 'setMany')));
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.or('delete', 0, () => this.strict.delete(keys, excuseOf(this.alias, 'delete')));
  }

  has(key: string): Promise<boolean> {
    return this.or('has', false, () => this.strict.has(key));
  }

  touch(key: string, lifetime: LivingLifetime): Promise<boolean> {
    return this.or('touch', false, () => this.strict.touch(key, lifetime));
  }

  expireAt(key: string, atMs: number): Promise<boolean> {
    return this.or('expireAt', false, () => this.strict.expireAt(key, atMs));
  }

  /** Tells: `TolerantCache` answers Django's None instead. */
  increment(key: string, delta: bigint, most?: number): Promise<string | null> {
    return this.strict.increment(key, delta, most);
  }

  remaining(key: string): Promise<RemainingLife> {
    return this.or<RemainingLife>('ttl', 'missing', () => this.strict.remaining(key));
  }

  /** Tells: `TolerantCache` answers Django's None instead. */
  move(from: string, to: string): Promise<boolean> {
    return this.strict.move(from, to);
  }

  getWithToken(key: string): ReturnType<Backend['getWithToken']> {
    return this.strict.getWithToken(key);
  }

  compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean> {
    return this.strict.compareAndSet(key, token, bytes, lifetime);
  }

  /** Ends early: what could not be asked for reads as not there. */
  async *scan(pattern: string, options?: ScanOptions): AsyncGenerator<readonly Buffer[], void, void> {
    const batches = this.strict.scan(pattern, { ...options, excuse: excuseOf(this.alias, 'keys') })[Symbol.asyncIterator]();
    try {
      for (;;) {
        const batch = await this.or('keys', undefined, () => batches.next());
        if (!batch || batch.done) return;
        yield batch.value;
      }
    } finally {
      await batches.return?.();
    }
  }

  deleteMatching(pattern: string, options?: ScanOptions): Promise<number> {
    return this.or('clear', 0, () => this.strict.deleteMatching(pattern, { ...options, excuse: excuseOf(this.alias, 'clear') }));
  }

  deleteAll(): Promise<void> {
    return this.strict.deleteAll();
  }

  command(name: string, args: readonly (string | Buffer | number)[]): Promise<unknown> {
    return this.strict.command(name, args);
  }

  private or<T>(operation: string, neutral: T, run: () => Promise<T>): Promise<T> {
    return ignoringOutage(this.alias, operation, run, neutral);
  }
}
