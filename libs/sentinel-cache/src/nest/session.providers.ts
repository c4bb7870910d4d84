import { Logger } from '@nestjs/common';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { LimitedLog } from '../telemetry/limited-log.js';
import { isOutage } from '../errors/is-outage.js';
import type { LoginUser } from '../session/auth/authentication.js';
import type { LoadUser } from '../session/auth/user-loader.js';
import { createSessionEngine } from '../session/engines/create-engine.js';
import { Sessions } from '../session/sessions.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import type { SentinelCacheModuleOptions } from './boot/sentinel-cache-module-options.js';

/**
 * Creates the sessions of the settings; gives undefined without SESSION_ENGINE. They hold the strict cache:
 * an outage never looks like a logout. Throws ImproperlyConfiguredError when a part is missing.
 */
export function createNestSessions(
  settings: ResolvedSettings,
  caches: SentinelCaches,
  extras: Pick<SentinelCacheModuleOptions, 'clock' | 'sessionRepository'>,
  loadUser: LoadUser<LoginUser> | undefined,
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
    loadUser,
    onError: createSessionLog('warn'),
  });
}

/**
 * Creates the log for failures of sessions. Of an outage (`isOutage`) it writes nothing, since the caches
 * have logged that in one line; of each other failure up to ten lines a minute, then how many more
 * there were.
 */
export function createSessionLog(level: 'warn' | 'error'): (error: unknown) => void {
  const logger = new Logger('SentinelSession');
  const log = new LimitedLog(({ message }) => logger[level](message), SYSTEM_CLOCK);
  return (error) => {
    const { name, message, cause } = error as Error;
    if (isOutage(error) || isOutage(cause)) return;
    const why = (cause as Error | undefined)?.message;
    // The store's own words stay in the log: clients don't get them.
    log.tell(name, { level, message: why ? `${message} ${why}` : message });
  };
}
