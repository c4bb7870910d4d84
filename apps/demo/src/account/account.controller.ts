import { Body, Controller, Get, Header, Inject, Ip, Post, Redirect, Session, UseGuards } from '@nestjs/common';
import { CacheSession, CurrentUser, login, LoginRequired, logout, Sessions } from 'nestjs-sentinel-cache';

import { fill } from '../pages/html.js';
import { DocumentHeaders, PageTexts } from '../pages/plain-page.js';
import { PageException } from '../pages/problem.filter.js';
import type { Texts } from '../pages/texts.en.js';
import { AccountPage } from './account-page.service.js';
import { ACCOUNT_SETTINGS, type AccountSettings } from './account-settings.js';
import type { Cart } from './cart.js';
import { CsrfGuard } from './csrf.guard.js';
import { readSignIn, SignInService, type Refusal } from './sign-in.service.js';
import type { DemoUser } from './users.js';

const HOME = '/account';

@Controller('account')
@UseGuards(CsrfGuard)
export class AccountController {
  constructor(
    private readonly page: AccountPage,
    private readonly signIn: SignInService,
    private readonly sessions: Sessions,
    @Inject(ACCOUNT_SETTINGS) private readonly settings: AccountSettings,
  ) {}

  @Get()
  @DocumentHeaders()
  show(@Session() session: CacheSession, @PageTexts() texts: Texts): Promise<string> {
    return this.page.of(session, texts);
  }

  @Get('whoami')
  @Header('Cache-Control', 'no-store')
  async whoami(@Session() session: CacheSession, @CurrentUser() user: DemoUser | null): Promise<object> {
    const who = user && { id: user.id, name: user.name, fullName: user.fullName };
    return { user: who, cart: (await session.get<Cart>('cart')) ?? [] };
  }

  /** Always back to the same page: nothing that came with the request decides where to. */
  @Post('login')
  @Redirect(HOME, 303)
  async login(
    @Session() session: CacheSession,
    @Body() body: unknown,
    @Ip() address: string,
    @PageTexts() texts: Texts,
  ): Promise<void> {
    const { name, password } = readSignIn(body);
    const answer = await this.signIn.check({ name, password }, address);
    if (!('message' in answer)) return login(session, answer, this.settings.backend);
    const page = await this.page.of(session, texts, { message: inWords(answer, texts), name });
    throw new PageException(answer.status, answer.message, page, answer.waitSeconds);
  }

  @Post('logout')
  @Redirect(HOME, 303)
  logout(@Session() session: CacheSession): Promise<void> {
    return logout(session);
  }

  @Get('sessions')
  @Header('Cache-Control', 'no-store')
  @LoginRequired()
  async list(@Session() session: CacheSession, @CurrentUser() user: DemoUser): Promise<{ current: boolean }[]> {
    const all = await this.sessions.forUser(user.id);
    return all.map(({ sessionKey }) => ({ current: sessionKey === session.sessionKey }));
  }

  @Post('sessions/end-others')
  @Redirect(HOME, 303)
  @LoginRequired()
  async endOthers(@Session() session: CacheSession, @CurrentUser() user: DemoUser): Promise<void> {
    const all = await this.sessions.forUser(user.id);
    await Promise.all(all.filter(({ sessionKey }) => sessionKey !== session.sessionKey).map((other) => other.end()));
  }
}

function inWords({ status, waitSeconds = 0 }: Refusal, { account }: Texts): string {
  if (status === 429) return fill(account.tooMany, { seconds: waitSeconds });
  return status === 503 ? account.crowded : account.wrong;
}
