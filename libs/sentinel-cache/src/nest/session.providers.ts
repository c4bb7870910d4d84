import { Logger } from '@nestjs/common';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { LimitedLog } from '../telemetry/limited-log.js';
import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { createSessionEngine } from '../session/engines/create-engine.js';
import { Sessions } from '../session/sessions.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import type { SentinelCacheModuleOptions } from './sentinel-cache.module-definition.js';

/** The sessions of the settings; undefined without SESSION_ENGINE. They hold the strict cache: an outage never looks like a logout. */
export function createNestSessions(
  settings: ResolvedSettings,
  caches: SentinelCaches,
  extras: SentinelCacheModuleOptions,
): Sessions | undefined {
  const { sessions: config, auth } = settings;
  if (!config) return undefined;
  const cache = caches.strict(config.cacheAlias);
  const { clock = SYSTEM_CLOCK } = extras;
  const engine = createSessionEngine({ config, auth, cache, repository: extras.sessionRepository, clock });
  return new Sessions({
    engine,
    config,
    auth,
    cache,
    clock,
    loadUser: extras.loadUser,
    onError: createSessionLog('warn'),
  });
}

/**
 * Where failures of sessions are told. An outage of the cache is one line in the log already, not another for each request; of other
 * failures there are a few a minute, then their number.
 */
export function createSessionLog(level: 'warn' | 'error'): (error: unknown) => void {
  const logger = new Logger('SentinelSession');
  const log = new LimitedLog(({ message }) => logger[level](message), SYSTEM_CLOCK);
  return (error) => {
    const { name, message, cause } = error as Error;
    if (error instanceof CacheUnavailableError || cause instanceof CacheUnavailableError) return;
    const why = (cause as Error | undefined)?.message;
    // With the store's own words: those stay in the log.
    log.tell(name, { level, message: why ? `${message} ${why}` : message });
  };
}
