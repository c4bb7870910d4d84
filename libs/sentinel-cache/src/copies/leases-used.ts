/** On the global object, under a registered symbol: the one place that every copy finds. */
const USED = Symbol.for('nestjs-sentinel-cache.leases-used');

type Everywhere = { [USED]?: true };

/** Notes that this process makes values under leases: from now on its deletes end them. */
export function noteLeases(): void {
  (globalThis as Everywhere)[USED] = true;
}

/**
 * Whether this process makes values under leases. One that does not deletes with a plain UNLINK: leases would
 * cost everybody's deletes, and most programs have none.
 */
export function areLeasesUsed(): boolean {
  return (globalThis as Everywhere)[USED] === true;
}
