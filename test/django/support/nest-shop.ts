import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Module,
  Post,
  Session,
  UnauthorizedException,
  type INestApplication,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  CacheSession,
  checkPassword,
  CurrentUser,
  login,
  LoginRequired,
  logout,
  SentinelCacheModule,
  type DjangoSettings,
} from 'nestjs-sentinel-cache';
import { LogLines } from '../../nest/support/log-lines.js';
import { tag, type Tagged } from '../../codec/tagged-value.js';
import { untag } from './untag.js';

/** A row of Django's auth_user. */
export interface ShopUser {
  readonly id: number;
  readonly name: string;
  readonly passwordHash: string;
}

/** Django's table of users: by primary key, and by name. */
export interface UserTable {
  byId(id: string): Promise<ShopUser | null>;
  byName(name: string): Promise<ShopUser | null>;
}

const USERS = Symbol('users');
/** As shop/hashers.py has it. */
const QUICK = { iterations: 1000 };

/** The same shop as test/django/project/shop/urls.py. */
@Controller()
class ShopController {
  constructor(@Inject(USERS) private readonly users: UserTable) {}

  @Post('login') @HttpCode(200) async login(@Body() body: { name: string; password: string }, @Session() session: CacheSession) {
    const user = await this.users.byName(body.name);
    const isRight = await checkPassword(body.password, user?.passwordHash, QUICK);
    if (!user || !isRight) throw new UnauthorizedException();
    await login(session, user);
    return { user: user.name };
  }

  @Post('logout') @HttpCode(200) async logout(@Session() session: CacheSession) {
    await logout(session);
    return { user: null };
  }

  @Get('whoami') whoami(@CurrentUser() user: ShopUser | null) {
    return { user: user?.name ?? null };
  }

  @Get('members') @LoginRequired() members(@CurrentUser() user: ShopUser) {
    return { user: user.name };
  }

  @Post('cart') @HttpCode(200) async fill(@Body() body: Record<string, Tagged>, @Session() session: CacheSession) {
    for (const [name, value] of Object.entries(body)) await session.set(name, untag(value));
    return this.cart(session);
  }

  @Get('cart') async cart(@Session() session: CacheSession) {
    const fields = Object.entries(await session.toObject()).filter(([name]) => !name.startsWith('_'));
    return Object.fromEntries(fields.map(([name, value]) => [name, tag(value)]));
  }

  @Post('touch') @HttpCode(200) async touch(@Session() session: CacheSession) {
    await session.update<number>('touched', (count) => (count ?? 0) + 1);
    return {};
  }

  @Post('expiry') @HttpCode(200) async expire(
    @Body() { choice }: { choice: number | string | null },
    @Session() session: CacheSession,
  ) {
    session.setExpiry(typeof choice === 'string' ? new Date(choice) : choice);
    return this.expiry(session);
  }

  @Get('expiry') async expiry(@Session() session: CacheSession) {
    return { age: await session.getExpiryAge(), browser: await session.getExpireAtBrowserClose() };
  }

  @Get('stored') async stored(@Session() session: CacheSession) {
    return { fields: Object.keys(await session.toObject()).toSorted(), hash: await session.get('_auth_user_hash') };
  }
}

export interface NestShop {
  readonly url: string;
  readonly log: LogLines;
  stop(): Promise<void>;
}

/** A Nest application of these settings, listening. */
export async function startNest(platform: 'express' | 'fastify', settings: object, users: UserTable): Promise<NestShop> {
  const log = new LogLines();
  const sentinel = SentinelCacheModule.forRoot(settings as DjangoSettings, { loadUser: (id) => users.byId(id) });
  @Module({ imports: [sentinel], controllers: [ShopController], providers: [{ provide: USERS, useValue: users }] })
  class ShopModule {}
  const testing = await Test.createTestingModule({ imports: [ShopModule] })
    .setLogger(log)
    .compile();
  const app: INestApplication =
    platform === 'express' ? testing.createNestApplication() : testing.createNestApplication(new FastifyAdapter());
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), log, stop: () => app.close() };
}
