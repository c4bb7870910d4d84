import type { FactoryProvider, Type } from '@nestjs/common';

import { SentinelCache } from '../cache/sentinel-cache.js';
import { SentinelCaches } from '../cache/sentinel-caches.js';
import { SentinelMonitor } from '../connection/monitor/sentinel-monitor.js';
import { otherCopiesOf } from '../copies/known-classes.js';
import { Sessions } from '../session/sessions.js';

/**
 * Lists a provider for each class of another copy of this package that is a token here: a program that both
 * imports and requires the package injects the same caches by either. The copies are those loaded when the
 * module is defined.
 */
export function copyProviders(aliases: readonly string[]): FactoryProvider[] {
  const tokens = [SentinelCaches, SentinelMonitor, Sessions, ...(aliases.includes('default') ? [SentinelCache] : [])];
  return tokens.flatMap((ours) =>
    otherCopiesOf(ours).map((theirs) => ({
      provide: theirs as Type,
      // Optional: this alone needs no sessions.
      inject: [{ token: ours, optional: true }],
      useFactory: (instance: unknown) => instance,
    })),
  );
}
