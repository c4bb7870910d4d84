import { oneObject } from './one-object.js';

/** Notes that this process makes values under leases: from now on its deletes end them. */
export function noteLeases(): void {
  leases().areUsed = true;
}

/**
 * Whether this process makes values under leases. One that does not deletes with a plain UNLINK: leases would
 * cost everybody's deletes, and most programs have none.
 */
export function areLeasesUsed(): boolean {
  return leases().areUsed;
}

function leases(): { areUsed: boolean } {
  return oneObject('leases', () => ({ areUsed: false }));
}
