import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { SentinelCacheModule, type DjangoSettings } from 'nestjs-sentinel-cache';

import { AccountModule } from './account/account.module.js';
import { readAccountSettings } from './account/account-settings.js';
import { loadUser } from './account/users.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { CountersModule } from './counters/counters.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { OutageFilter } from './operations/outage.filter.js';
import { PageController } from './public/page.controller.js';

/** Everything the demo consists of. */
@Module({
  imports: [CatalogueModule, CountersModule, OperationsModule],
  controllers: [PageController],
  providers: [{ provide: APP_FILTER, useClass: OutageFilter }],
})
export class AppModule {
  /** The demo on these settings: all that a Nest app needs to say about its caches and its sessions. */
  static on(settings: DjangoSettings): DynamicModule {
    const canLogIn = readAccountSettings(settings).missing.length === 0;
    const caches = SentinelCacheModule.forRoot(settings, canLogIn ? { loadUser } : {});
    return { module: AppModule, imports: [caches, AccountModule.on(settings)] };
  }
}
