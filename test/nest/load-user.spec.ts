import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module, Session, type DynamicModule } from '@nestjs/common';
import {
  CacheSession,
  CurrentUser,
  login,
  SentinelCacheModule,
  type DjangoSettings,
  type LoginUser,
} from 'nestjs-sentinel-cache';
import { boot, closeAll } from './support/boot.js';

const SETTINGS: DjangoSettings = {
  CACHES: { default: { BACKEND: 'locmem', LOCATION: 'load-user' } },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
  SECRET_KEY: 'a secret key of at least thirty-two bytes',
  SESSION_COOKIE_SECURE: false,
};

@Injectable()
class Users {
  byId(id: string): LoginUser {
    return { id, passwordHash: 'pbkdf2_sha256$1000$salt$hash=' };
  }
}
@Injectable()
class SettingsOfUsers extends Users {
  createSentinelCacheSettings(): DjangoSettings {
    return SETTINGS;
  }
}
@Module({ providers: [Users, SettingsOfUsers], exports: [Users, SettingsOfUsers] })
class UsersModule {}

@Controller()
class Account {
  @Get('login') async login(@Session() session: CacheSession): Promise<void> {
    await login(session, new Users().byId('7'));
  }
  @Get('whoami') whoami(@CurrentUser() user: LoginUser | null) {
    return { id: user?.id ?? null };
  }
}

describe('loadUser of forRootAsync', () => {
  afterEach(closeAll);

  const loadUser = async (id: string, users: Users): Promise<LoginUser> => users.byId(id);
  const ways: [string, () => DynamicModule][] = [
    [
      'what inject names',
      () => SentinelCacheModule.forRootAsync({ imports: [UsersModule], inject: [Users], useFactory: () => SETTINGS, loadUser }),
    ],
    ['the instance of useClass', () => SentinelCacheModule.forRootAsync({ useClass: SettingsOfUsers, loadUser })],
    [
      'the instance of useExisting',
      () => SentinelCacheModule.forRootAsync({ imports: [UsersModule], useExisting: SettingsOfUsers, loadUser }),
    ],
  ];

  it.each(ways)('gets the id, then %s', async (_, module) => {
    const { app } = await boot([module()], { controllers: [Account] });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const [cookie] = (await fetch(`${url}/login`)).headers.getSetCookie();
    const response = await fetch(`${url}/whoami`, { headers: { cookie: cookie!.split(';')[0]! } });
    expect(await response.json()).toEqual({ id: '7' });
  });
});
