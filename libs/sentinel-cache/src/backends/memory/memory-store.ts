import type { Clock } from '../../time/clock.js';
import type { LivingLifetime, StoredBytes } from '../port/backend.js';
import { LeaseTable } from './lease-table.js';

/** Bounds of a store, and its clock. */
export interface MemoryStoreOptions {
  /** Maximum number of entries (MAX_ENTRIES). */
  readonly maxEntries: number;
  /** A full store deletes 1/cullFrequency of its entries for a new one (CULL_FREQUENCY); 0: all of them. */
  readonly cullFrequency: number;
  /** The clock by which entries expire. */
  readonly clock: Clock;
}

/** One entry. Its bytes never leave the store: they are copied in and out. */
export interface MemoryEntry {
  readonly bytes: Buffer;
  /** When it expires, on the monotonic clock; Infinity: never. */
  readonly expiresAtMs: number;
}

/** A smaller store is not swept: it would not pay. */
const FIRST_SWEEP = 1000;

/**
 * The entries of one locmem LOCATION. Caches that name the same LOCATION share them. Each cache has bounds of
 * its own, as in Django: those of the cache that stores a new key apply.
 *
 * - There are never more than `maxEntries`. A new key in a full store makes room: expired entries go first,
 *   then the least recently used, until 1/cullFrequency of them are gone, whichever cache stored them (as in
 *   Django; at least one, so that the bound holds for every cullFrequency).
 * - `get`, `set` and `incr` count as uses; `has` and `touch` do not, as in Django.
 * - Expired entries are deleted when they are met, when room is made, and whenever the number of entries has
 *   doubled since the last sweep. There are no timers.
 */
export class MemoryStore {
  private sweepAtSize = FIRST_SWEEP;

  /** @param entries in the order of their use, latest last. */
  constructor(
    private readonly options: MemoryStoreOptions,
    private readonly entries = new Map<string, MemoryEntry>(),
    /** Who is making which entry. */
    readonly leases = new LeaseTable(),
  ) {}

  /** Returns a store of the same entries with other bounds. */
  sharing(bounds: Omit<MemoryStoreOptions, 'clock'>): MemoryStore {
    return new MemoryStore({ ...bounds, clock: this.clock }, this.entries, this.leases);
  }

  /** The clock by which entries expire. */
  get clock(): Clock {
    return this.options.clock;
  }

  /** Number of entries, including expired ones that were not met since. */
  get size(): number {
    return this.entries.size;
  }

  /** Returns the entry unless it has expired; counts as a use. */
  use(key: string): MemoryEntry | undefined {
    const entry = this.peek(key);
    if (entry) this.placeLast(key, entry);
    return entry;
  }

  /** Returns the entry unless it has expired. */
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

  /** Replaces the bytes of an entry and keeps its expiry. */
  replaceBytes(key: string, entry: MemoryEntry, bytes: StoredBytes): void {
    this.place(key, { bytes: copyOf(bytes), expiresAtMs: entry.expiresAtMs });
  }

  /** Replaces the expiry of an entry and keeps its bytes. */
  prolong(key: string, entry: MemoryEntry, lifetime: LivingLifetime): void {
    this.entries.set(key, { bytes: entry.bytes, expiresAtMs: this.endOf(lifetime) });
  }

  /** Gives an entry another key, in place of what is there. */
  rename(from: string, entry: MemoryEntry, to: string): void {
    this.entries.delete(from);
    this.place(to, entry);
  }

  /** Returns the milliseconds from now to a moment of the wall clock. */
  msUntil(wallMs: number): number {
    return wallMs - Math.floor(this.options.clock.wallMs());
  }

  /** Returns the whole milliseconds that an entry has left, at least 1. */
  lifeOf(entry: MemoryEntry): number | 'forever' {
    return entry.expiresAtMs === Infinity ? 'forever' : entry.expiresAtMs - this.nowMs();
  }

  /** Deletes an entry. Returns whether there was one that had not expired. */
  delete(key: string): boolean {
    return this.peek(key) !== undefined && this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  /** Returns the keys of all entries that have not expired. */
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

  /** Whole milliseconds, so that sums stay exact. */
  private nowMs(): number {
    return Math.floor(this.options.clock.monotonicMs());
  }
}

/** Copies into memory of its own: a slice of Node's shared pool would keep 8 KiB alive for a few bytes. */
function copyOf(bytes: StoredBytes): Buffer {
  const copy = Buffer.allocUnsafeSlow(Buffer.byteLength(bytes));
  if (typeof bytes === 'string') copy.write(bytes, 'utf8');
  else bytes.copy(copy);
  return copy;
}
