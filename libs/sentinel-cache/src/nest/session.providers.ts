import { Logger } from '@nestjs/common';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { createSessionEngine } from '../session/create-engine.js';
import { Sessions } from '../session/sessions.js';
import type { ResolvedSettings } from '../settings/resolved-settings.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import type { SentinelCacheModuleExtras } from './sentinel-cache.module-definition.js';

/** The sessions of the settings; undefined without SESSION_ENGINE. They hold the strict cache: an outage never looks like a logout. */
export function createNestSessions(
  settings: ResolvedSettings,
  caches: SentinelCaches,
  extras: SentinelCacheModuleExtras,
): Sessions | undefined {
  const { sessions: config, auth } = settings;
  if (!config) return undefined;
  const cache = caches.strict(config.cacheAlias);
  const logger = new Logger('SentinelSession');
  const engine = createSessionEngine({ config, auth, cache, repository: extras.sessionRepository, clock: SYSTEM_CLOCK });
  return new Sessions({
    engine,
    config,
    auth,
    cache,
    clock: SYSTEM_CLOCK,
    loadUser: extras.loadUser,
    onError: (error) => logger.warn(explain(error)),
  });
}

/** What went wrong, with the store's own words: those stay in the log. */
export function explain(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error || (cause as Error | undefined)?.message ? `${message} ${(cause as Error).message}` : message;
}
