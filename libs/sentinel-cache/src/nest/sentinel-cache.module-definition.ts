import { ConfigurableModuleBuilder } from '@nestjs/common';

import type { DjangoSettings } from '../settings/django-settings.js';
import { aliasProviders } from './cache.providers.js';

/** What stands beside the settings, not in them. */
export interface SentinelCacheModuleExtras {
  /** Visible in every module without an import; true unless said otherwise. */
  isGlobal?: boolean;
  /** The aliases that can be injected by `@InjectCache(alias)`; with `forRoot` all of them. */
  aliases?: readonly string[];
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
      return {
        ...definition,
        global: extras.isGlobal ?? true,
        providers: [...(definition.providers ?? []), ...providers],
        exports: [...(definition.exports ?? []), ...providers.map(({ provide }) => provide)],
      };
    })
    .build();
