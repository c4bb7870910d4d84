import type { LeaseStore } from '../port/lease-store.js';

/** Leases of a dummy cache: each caller gets each lease, and stores what nobody keeps. */
export const DUMMY_LEASES: LeaseStore = Object.freeze({
  claim: async () => ({ entry: null, lease: 'ours' as const }),
  renew: async () => true,
  store: async () => true,
  release: async () => true,
  end: async () => undefined,
  listen: () => () => undefined,
});
