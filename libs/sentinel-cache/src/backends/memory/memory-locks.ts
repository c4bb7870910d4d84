import type { LivingLifetime } from '../port/backend.js';
import type { LockStore } from '../port/lock-store.js';
import type { MemoryEntry, MemoryStore } from './memory-store.js';

/** Locks among the entries of one locmem LOCATION: they exclude the other callers of this process. */
export class MemoryLocks implements LockStore {
  constructor(private readonly store: MemoryStore) {}

  async claim(key: string, token: string, lifetime: LivingLifetime): Promise<boolean> {
    if (this.store.peek(key)) return false;
    this.store.put(key, token, lifetime);
    return true;
  }

  async holds(key: string, token: string): Promise<boolean> {
    return this.entryOf(key, token) !== undefined;
  }

  async isTaken(key: string): Promise<boolean> {
    return this.store.peek(key) !== undefined;
  }

  async renew(key: string, token: string, ms: number, how: 'replace' | 'add'): Promise<boolean> {
    const entry = this.entryOf(key, token);
    if (!entry) return false;
    const left = how === 'add' ? this.store.lifeOf(entry) : 0;
    if (left !== 'forever') this.store.prolong(key, entry, left + ms);
    return true;
  }

  async drop(key: string, token: string): Promise<boolean> {
    return this.entryOf(key, token) !== undefined && this.store.delete(key);
  }

  private entryOf(key: string, token: string): MemoryEntry | undefined {
    const entry = this.store.peek(key);
    return entry?.bytes.equals(Buffer.from(token)) ? entry : undefined;
  }
}
