import type { Backend, EntryToken, RemainingLife } from '../port/backend.js';
import { DUMMY_LEASES } from './dummy-leases.js';
import { DUMMY_LOCKS } from './dummy-locks.js';
import { DUMMY_TAGS } from './dummy-tags.js';
import type { CallOptions } from '../port/call-options.js';
import { refusingStructures, unsupported, type StructureStore } from '../port/structure-store.js';

const WHY = 'this cache is a dummy and has no Redis. Send the command through a cache on Redis.';

/**
 * Keeps nothing and answers as Django's DummyCache: every write succeeds, every read misses. `compareAndSet`
 * succeeds like any write: `false` would mean that another caller was faster, and a caller that tries again
 * would never end.
 */
export class DummyBackend implements Backend {
  readonly readsMayLag = false;
  readonly locks = DUMMY_LOCKS;
  readonly companions = DUMMY_TAGS;
  readonly leases = DUMMY_LEASES;
  readonly structures: StructureStore;

  constructor(private readonly alias: string) {
    this.structures = refusingStructures(alias, WHY);
  }

  async get(): Promise<null> {
    return null;
  }

  async getMany(keys: readonly string[]): Promise<null[]> {
    return keys.map(() => null);
  }

  async getWithLife(): Promise<null> {
    return null;
  }

  async getManyWithLife(keys: readonly string[]): Promise<null[]> {
    return keys.map(() => null);
  }

  async set(): Promise<true> {
    return true;
  }

  async setMany(): Promise<void> {}

  async delete(): Promise<0> {
    return 0;
  }

  async has(): Promise<false> {
    return false;
  }

  async touch(): Promise<false> {
    return false;
  }

  async expireAt(): Promise<false> {
    return false;
  }

  async increment(): Promise<null> {
    return null;
  }

  async remaining(): Promise<RemainingLife> {
    return 'missing';
  }

  async move(): Promise<false> {
    return false;
  }

  async getWithToken(): Promise<{ bytes: null; token: EntryToken }> {
    return { bytes: null, token: 'absent' };
  }

  async compareAndSet(): Promise<true> {
    return true;
  }

  async *scan(): AsyncGenerator<Buffer[], void, void> {}

  async deleteMatching(): Promise<0> {
    return 0;
  }

  async deleteAll(): Promise<void> {}

  async command(name: string, _args: readonly unknown[], options?: CallOptions): Promise<never> {
    throw unsupported({ alias: this.alias, operation: options?.operation, name: name.toUpperCase() }, WHY);
  }
}
