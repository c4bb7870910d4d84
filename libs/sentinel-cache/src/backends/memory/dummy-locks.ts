import type { LockStore } from '../port/lock-store.js';

/** Locks of a dummy cache: each caller gets each lock, and keeps it. */
export const DUMMY_LOCKS: LockStore = Object.freeze({
  claim: async () => true,
  holds: async () => true,
  isTaken: async () => false,
  renew: async () => true,
  drop: async () => true,
});
