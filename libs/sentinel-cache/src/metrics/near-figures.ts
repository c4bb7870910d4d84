import type { SentinelCaches } from '../cache/sentinel-caches.js';
import type { NearFigures } from '../telemetry/near-figures.js';

/** The figures that only grow. */
export const NEAR_COUNTS = ['hits', 'fills', 'invalidations', 'flushes'] as const satisfies readonly (keyof NearFigures)[];

/** Returns the figures of each alias that has a near tier. */
export function knownFigures(caches: SentinelCaches): (readonly [alias: string, figures: NearFigures])[] {
  return caches.aliases().flatMap((alias) => {
    const figures = caches.near(alias);
    return figures ? [[alias, figures] as const] : [];
  });
}
