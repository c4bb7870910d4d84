import { wholeWrite } from '../port/fan-out.js';
import type { LeaseStore } from '../port/lease-store.js';
import type { LockStore } from '../port/lock-store.js';
import type { SplitCall } from './split-call.js';

/** Returns the locks of several backends, each where its key is. */
export function locksOf(split: SplitCall): LockStore {
  const locksFor = (key: string): LockStore => split.backendFor(key).locks;
  return {
    claim: (key, ...rest) => locksFor(key).claim(key, ...rest),
    holds: (key, ...rest) => locksFor(key).holds(key, ...rest),
    isTaken: (key, ...rest) => locksFor(key).isTaken(key, ...rest),
    renew: (key, ...rest) => locksFor(key).renew(key, ...rest),
    drop: (key, ...rest) => locksFor(key).drop(key, ...rest),
  };
}

/** Returns the leases of several backends, each where its entry is. */
export function leasesOf(split: SplitCall, alias: string): LeaseStore {
  const leasesFor = (key: string): LeaseStore => split.backendFor(key).leases;
  return {
    claim: (key, ...rest) => leasesFor(key).claim(key, ...rest),
    renew: (key, ...rest) => leasesFor(key).renew(key, ...rest),
    store: (key, ...rest) => leasesFor(key).store(key, ...rest),
    release: (key, ...rest) => leasesFor(key).release(key, ...rest),
    end: async (keys, options) => {
      const groups = split.grouped(keys, (key) => key);
      wholeWrite(await split.byGroup(groups, ({ leases }, group, part) => leases.end(group, part), options), alias);
    },
    listen: (key, wake) => leasesFor(key).listen(key, wake),
  };
}
