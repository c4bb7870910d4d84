import type { LivingEntry } from '../port/backend.js';
import { ABSENT, tokenOf } from '../port/entry-token.js';
import type { LeaseClaim, LeasedEntry, LeaseRequest, LeaseStore } from '../port/lease-store.js';
import type { LeaseTable } from './lease-table.js';
import type { MemoryStore } from './memory-store.js';

/** Leases beside the entries of one locmem LOCATION: they hold for all caches that share it. */
export class MemoryLeases implements LeaseStore {
  constructor(private readonly entries: MemoryStore) {}

  async claim(key: string, { token, ms, unlessLivesMs }: LeaseRequest): Promise<LeaseClaim> {
    const entry = this.entryOf(key);
    const livesMs = entry?.life === 'forever' ? Infinity : (entry?.life ?? 0);
    if (entry && unlessLivesMs !== undefined && livesMs > unlessLivesMs) return { entry, lease: 'needless' };
    const nowMs = this.nowMs();
    const lease = this.table.at(key, nowMs);
    if (lease && lease.token !== token && lease.expiresAtMs > nowMs) return { entry, lease: lease.expiresAtMs - nowMs };
    this.table.put(key, { token, expiresAtMs: nowMs + ms });
    return { entry, lease: 'ours' };
  }

  async renew(key: string, token: string, ms: number): Promise<boolean> {
    if (!this.holds(key, token)) return false;
    this.table.put(key, { token, expiresAtMs: this.nowMs() + ms });
    return true;
  }

  async store(key: string, token: string, { replaces, bytes, lifetime }: LeasedEntry): Promise<boolean> {
    const lease = this.table.at(key, this.nowMs());
    if (lease ? lease.token !== token : replaces === ABSENT) return false;
    const isTheSame = tokenOf(this.entries.peek(key)?.bytes ?? null) === replaces;
    if (isTheSame) this.entries.put(key, bytes, lifetime);
    this.table.end(key);
    return isTheSame;
  }

  async release(key: string, token: string): Promise<boolean> {
    const isOurs = this.holds(key, token);
    if (isOurs) this.table.end(key);
    return isOurs;
  }

  async end(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.table.end(key);
  }

  listen(key: string, wake: () => void): () => void {
    return this.table.listen(key, wake);
  }

  private get table(): LeaseTable {
    return this.entries.leases;
  }

  private holds(key: string, token: string): boolean {
    return this.table.at(key, this.nowMs())?.token === token;
  }

  private entryOf(key: string): LivingEntry | null {
    const entry = this.entries.use(key);
    return entry ? { bytes: Buffer.from(entry.bytes), life: this.entries.lifeOf(entry) } : null;
  }

  private nowMs(): number {
    return this.entries.clock.monotonicMs();
  }
}
