import type { Clock } from '../../time/clock.js';
import type { LivingLifetime, StoredBytes } from '../port/backend.js';

/** How much a store keeps, and whose time it lives in. */
export interface MemoryStoreOptions {
  /** MAX_ENTRIES. */
  readonly maxEntries: number;
  /** CULL_FREQUENCY: a full store gives up 1/cullFrequency of its entries for a new one; 0: all of them. */
  readonly cullFrequency: number;
  readonly clock: Clock;
}

/** What is kept under one key. The bytes never leave the store: they are copied in and out. */
export interface MemoryEntry {
  readonly bytes: Buffer;
  /** On the monotonic clock; Infinity: never. */
  readonly expiresAtMs: number;
}

/** Below this size a sweep is not worth its while. */
const FIRST_SWEEP = 1000;

/**
 * The entries of one locmem LOCATION. Caches that name the same one share them, each with bounds of its own
 * (Django's): those of the cache that stores a new key count.
 *
 * - Never more than `maxEntries`. A new key in a full store makes room: expired entries go first, then the
 *   least recently used, until 1/cullFrequency of them are gone, whoever stored them (Django's; one at least,
 *   so that the bound holds for every cullFrequency).
 * - `get`, `set` and `incr` are uses; `has` and `touch` are not (Django's).
 * - Expired entries go when they are met, when room is made, and whenever the number of entries has doubled
 *   since the last sweep. No timers.
 */
export class MemoryStore {
  private sweepAtSize = FIRST_SWEEP;

  /** @param entries in the order of their use, the latest last. */
  constructor(
    private readonly options: MemoryStoreOptions,
    private readonly entries = new Map<string, MemoryEntry>(),
  ) {}

  /** The same entries, with other bounds. */
  sharing(bounds: Omit<MemoryStoreOptions, 'clock'>): MemoryStore {
    return new MemoryStore({ ...bounds, clock: this.clock }, this.entries);
  }

  /** Whose time entries live in. */
  get clock(): Clock {
    return this.options.clock;
  }

  /** How many entries are held, expired ones that nobody met since included. */
  get size(): number {
    return this.entries.size;
  }

  /** The living entry, which counts as used. */
  use(key: string): MemoryEntry | undefined {
    const entry = this.peek(key);
    if (entry) this.placeLast(key, entry);
    return entry;
  }

  /** The living entry. */
  peek(key: string): MemoryEntry | undefined {
    const entry = this.entries.get(key);
    if (!entry || entry.expiresAtMs > this.nowMs()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  /** Stores a copy, as a new entry or in place of the old one. */
  put(key: string, bytes: StoredBytes, lifetime: LivingLifetime): void {
    this.place(key, { bytes: copyOf(bytes), expiresAtMs: this.endOf(lifetime) });
  }

  /** Other bytes, the same end of life. */
  replaceBytes(key: string, entry: MemoryEntry, bytes: StoredBytes): void {
    this.place(key, { bytes: copyOf(bytes), expiresAtMs: entry.expiresAtMs });
  }

  /** The same bytes, another end of life. */
  prolong(key: string, entry: MemoryEntry, lifetime: LivingLifetime): void {
    this.entries.set(key, { bytes: entry.bytes, expiresAtMs: this.endOf(lifetime) });
  }

  /** Another key for a living entry, in place of what stood there. */
  rename(from: string, entry: MemoryEntry, to: string): void {
    this.entries.delete(from);
    this.place(to, entry);
  }

  /** The milliseconds from now to a moment of the wall clock. */
  msUntil(wallMs: number): number {
    return wallMs - Math.floor(this.options.clock.wallMs());
  }

  /** What is left of a living entry's life: whole milliseconds, one at least. */
  lifeOf(entry: MemoryEntry): number | 'forever' {
    return entry.expiresAtMs === Infinity ? 'forever' : entry.expiresAtMs - this.nowMs();
  }

  /** Whether there was a living one. */
  delete(key: string): boolean {
    return this.peek(key) !== undefined && this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  /** The keys of living entries. */
  keys(): string[] {
    this.sweep();
    return [...this.entries.keys()];
  }

  private place(key: string, entry: MemoryEntry): void {
    if (!this.entries.has(key)) this.makeRoom();
    this.placeLast(key, entry);
  }

  private placeLast(key: string, entry: MemoryEntry): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  private makeRoom(): void {
    const { maxEntries, cullFrequency } = this.options;
    const size = this.entries.size;
    if (size >= this.sweepAtSize || size >= maxEntries) this.sweep();
    if (size < maxEntries) return;
    const mayStay = cullFrequency === 0 ? 0 : size - Math.max(1, Math.floor(size / cullFrequency));
    for (const key of this.entries.keys()) {
      if (this.entries.size <= mayStay) return;
      this.entries.delete(key);
    }
  }

  private sweep(): void {
    const nowMs = this.nowMs();
    for (const [key, { expiresAtMs }] of this.entries) if (expiresAtMs <= nowMs) this.entries.delete(key);
    this.sweepAtSize = Math.max(FIRST_SWEEP, this.entries.size * 2);
  }

  private endOf(lifetime: LivingLifetime): number {
    return lifetime === 'forever' ? Infinity : this.nowMs() + lifetime;
  }

  /** Whole, so that no fraction is lost or won in a sum. */
  private nowMs(): number {
    return Math.floor(this.options.clock.monotonicMs());
  }
}

/** Memory of its own: a slice of Node's shared pool would keep 8 KiB alive for a few bytes. */
function copyOf(bytes: StoredBytes): Buffer {
  const copy = Buffer.allocUnsafeSlow(Buffer.byteLength(bytes));
  if (typeof bytes === 'string') copy.write(bytes, 'utf8');
  else bytes.copy(copy);
  return copy;
}
