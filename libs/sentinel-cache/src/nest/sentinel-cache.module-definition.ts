import { ConfigurableModuleBuilder, type ValueProvider } from '@nestjs/common';

import type { CacheFaults } from '../cache/create-caches.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import type { LoginUser } from '../session/auth/authentication.js';
import type { LoadUser } from '../session/auth/user-loader.js';
import type { SessionRepository } from '../session/engines/session-repository.js';
import type { Clock } from '../time/clock.js';
import { aliasProviders } from './cache.providers.js';
import { MODULE_EXTRAS } from './cache.tokens.js';

/** What stands beside the settings, not in them. */
export interface SentinelCacheModuleExtras {
  /** Visible in every module without an import; true unless said otherwise. */
  isGlobal?: boolean;
  /** The aliases that can be injected by `@InjectCache(alias)`; with `forRoot` all of them. */
  aliases?: readonly string[];
  /** The user of an id, with Django's `password` column: for logins that are shared with Django. */
  loadUser?: LoadUser<LoginUser>;
  /** Where the engines `db` and `cached_db` keep sessions: an adapter of a side door (`nestjs-sentinel-cache/pg`, ...). */
  sessionRepository?: SessionRepository;
  /** For tests: the time that entries of locmem caches, and sessions, live in. Redis keeps its own. */
  clock?: Clock;
  /** For tests: faults between each cache and its entries (`Faults` of `nestjs-sentinel-cache/testing`). */
  faults?: CacheFaults;
}

const DEFAULTS: SentinelCacheModuleExtras = { isGlobal: true, aliases: ['default'] };

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DjangoSettings>({
    moduleName: 'SentinelCache',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSentinelCacheSettings')
    .setExtras(DEFAULTS, (definition, extras) => {
      const providers = aliasProviders(extras.aliases ?? DEFAULTS.aliases!);
      const own: ValueProvider = { provide: MODULE_EXTRAS, useValue: extras };
      return {
        ...definition,
        global: extras.isGlobal ?? true,
        providers: [...(definition.providers ?? []), own, ...providers],
        exports: [...(definition.exports ?? []), ...providers.map(({ provide }) => provide)],
      };
    })
    .build();
