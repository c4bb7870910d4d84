import { Module, type DynamicModule } from '@nestjs/common';
import type { DjangoSettings } from 'nestjs-sentinel-cache';

import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { OutageFilter } from '../operations/outage.filter.js';
import { AccountController } from './account.controller.js';
import { AccountPage } from './account-page.service.js';
import { ACCOUNT_SETTINGS, readAccountSettings } from './account-settings.js';
import { AccountsOffController } from './accounts-off.controller.js';
import { CartController } from './cart.controller.js';
import { LoginAttempts } from './login-attempts.service.js';
import { PasswordChecks } from './password-checks.service.js';
import { RedisStatus } from './redis-status.service.js';
import { SignInService } from './sign-in.service.js';

@Module({ imports: [CatalogueModule] })
export class AccountModule {
  /** Login and cart; where the settings have no sessions or no key, a page that says so. */
  static on(settings: DjangoSettings): DynamicModule {
    const accountSettings = readAccountSettings(settings);
    const own = [{ provide: ACCOUNT_SETTINGS, useValue: accountSettings }, RedisStatus];
    if (accountSettings.missing.length > 0)
      return { module: AccountModule, controllers: [AccountsOffController], providers: own };
    return {
      module: AccountModule,
      controllers: [AccountController, CartController],
      providers: [...own, AccountPage, LoginAttempts, OutageFilter, PasswordChecks, SignInService],
    };
  }
}
