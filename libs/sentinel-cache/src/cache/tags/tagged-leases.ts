import type { Backend } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { ABSENT, tokenOf } from '../../backends/port/entry-token.js';
import type { LeaseClaim, LeasedEntry, LeaseRequest, LeaseStore } from '../../backends/port/lease-store.js';

/** How long the lease lives while its entry is stored: long enough for the steps of that. */
const STORING_MS = 10_000;

/**
 * The leases of a cache with tags: an entry of an invalidated tag counts as missing. What one script does
 * elsewhere takes several steps here, since an entry is two: it is stored while the lease is ours, and taken
 * away again when the lease was ended meanwhile.
 */
export class TaggedLeases implements LeaseStore {
  constructor(
    /** Entries as the tags leave them. */
    private readonly entries: Backend,
    private readonly inner: LeaseStore,
  ) {}

  async claim(key: string, { token, ms, unlessLivesMs }: LeaseRequest, options?: CallOptions): Promise<LeaseClaim> {
    const { lease } = await this.inner.claim(key, { token, ms }, options);
    const entry = await this.entries.getWithLife(key, { ...options, fresh: true });
    const livesMs = entry?.life === 'forever' ? Infinity : (entry?.life ?? 0);
    if (!entry || unlessLivesMs === undefined || livesMs <= unlessLivesMs) return { entry, lease };
    if (lease === 'ours') await this.inner.release(key, token, options);
    return { entry, lease: 'needless' };
  }

  async store(key: string, token: string, entry: LeasedEntry, options?: CallOptions): Promise<boolean> {
    const { replaces, bytes, lifetime } = entry;
    if (!(await this.isOurs(key, token, replaces, options))) return false;
    const stored = await this.entries.compareAndSet(key, replaces, bytes, lifetime, options);
    if ((await this.inner.release(key, token, options)) || !stored) return stored;
    const ours = tokenOf(Buffer.from(bytes as string));
    await this.entries.compareAndSet(key, ours, bytes, 'already-expired', options);
    return false;
  }

  renew(key: string, token: string, ms: number, options?: CallOptions): Promise<boolean> {
    return this.inner.renew(key, token, ms, options);
  }

  release(key: string, token: string, options?: CallOptions): Promise<boolean> {
    return this.inner.release(key, token, options);
  }

  /** Whether the entry may be stored: the lease is ours, or gone while there is an entry to replace. */
  private async isOurs(key: string, token: string, replaces: string, options?: CallOptions): Promise<boolean> {
    if (await this.inner.renew(key, token, STORING_MS, options)) return true;
    return replaces !== ABSENT && (await this.inner.claim(key, { token, ms: STORING_MS }, options)).lease === 'ours';
  }

  end(keys: readonly string[], options?: CallOptions): Promise<void> {
    return this.inner.end(keys, options);
  }

  listen(key: string, wake: () => void): () => void {
    return this.inner.listen(key, wake);
  }
}
