import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import type { LocalSentinel } from 'local-sentinel';
import { SentinelCacheModule, type DjangoSettings } from 'nestjs-sentinel-cache';
import { SentinelCacheHealthIndicator } from 'nestjs-sentinel-cache/terminus';

import { AccountController } from './account/account.controller.js';
import { AccountPage } from './account/account-page.service.js';
import { ACCOUNT_SETTINGS, readAccountSettings, RedisStatus } from './account/account-settings.js';
import { AccountsOffController } from './account/accounts-off.controller.js';
import { CartController } from './account/cart.controller.js';
import { PasswordChecks } from './account/password-checks.service.js';
import { LoginAttempts, SignInService } from './account/sign-in.service.js';
import { loadUser } from './account/users.js';
import { ProductDatabase } from './catalogue/product-database.service.js';
import { ProductList } from './catalogue/product-list.service.js';
import { ProductsController } from './catalogue/products.controller.js';
import { CountersController } from './counters/counters.controller.js';
import { CountersService } from './counters/counters.service.js';
import { Drill, DRILL } from './live/drill.js';
import { DrillController } from './live/drill.controller.js';
import { LiveFeed } from './live/live-feed.service.js';
import { Nodes } from './live/nodes.service.js';
import { Traffic } from './live/traffic.service.js';
import { MetricsService, MonitoringController } from './operations/monitoring.controller.js';
import { OperationsController } from './operations/operations.controller.js';
import { OutageFilter } from './operations/outage.filter.js';
import { RefusalLog } from './operations/refusal-log.service.js';
import { PageController } from './pages/page.controller.js';
import { ProblemFilter } from './pages/problem.filter.js';

const CATALOGUE: Provider[] = [ProductDatabase, ProductList, CountersService];
const OPERATIONS: Provider[] = [LiveFeed, MetricsService, Nodes, OutageFilter, RefusalLog, SentinelCacheHealthIndicator, Traffic];
const ACCOUNTS: Provider[] = [AccountPage, LoginAttempts, PasswordChecks, SignInService];
const CONTROLLERS: Type[] = [
  CountersController,
  DrillController,
  MonitoringController,
  OperationsController,
  PageController,
  ProductsController,
];

/** Everything the demo consists of. */
@Module({})
export class AppModule {
  /**
   * The demo on these settings, which are all that it says about its caches and its sessions. `servers`: those
   * that its buttons may break.
   */
  static on(settings: DjangoSettings, servers?: LocalSentinel): DynamicModule {
    const account = readAccountSettings(settings);
    const canLogIn = account.missing.length === 0;
    return {
      module: AppModule,
      imports: [
        SentinelCacheModule.forRoot(settings, canLogIn ? { loadUser } : {}),
        // Terminus would log each check that fails; each change of state is in the log already.
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [...CONTROLLERS, ...(canLogIn ? [AccountController, CartController] : [AccountsOffController])],
      providers: [
        ...CATALOGUE,
        ...OPERATIONS,
        ...(canLogIn ? ACCOUNTS : []),
        RedisStatus,
        ProblemFilter,
        { provide: ACCOUNT_SETTINGS, useValue: account },
        { provide: APP_FILTER, useExisting: ProblemFilter },
        ...(servers ? [{ provide: DRILL, useValue: new Drill(servers) }] : []),
      ],
    };
  }
}
