import type { SentinelCaches } from 'nestjs-sentinel-cache';

/** The address of the primary that these caches are connected to; null while there is no connection. */
export function connectedPrimary(caches: Pick<SentinelCaches, 'topology'>): string | null {
  const { primary } = caches.topology()!;
  return primary.connected ? primary.address : null;
}
