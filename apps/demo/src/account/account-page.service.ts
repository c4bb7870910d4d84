import { Injectable } from '@nestjs/common';
import { currentUser, Sessions, type CacheSession } from 'nestjs-sentinel-cache';

import { ProductList } from '../catalogue/product-list.service.js';
import { accountDocument, type AccountView } from './account-view.js';
import { toRows, type Cart } from './cart.js';
import { csrfTokenOf } from './csrf.guard.js';
import type { Texts } from '../pages/texts.en.js';
import { RedisStatus } from './account-settings.js';
import type { DemoUser } from './users.js';

/** The account page of a visitor. */
@Injectable()
export class AccountPage {
  constructor(
    private readonly products: ProductList,
    private readonly redis: RedisStatus,
    private readonly sessions: Sessions,
  ) {}

  /**
   * Rejects with SessionUnavailableError, CacheUnavailableError or CommandRejectedError where Redis can't be
   * asked as it stands.
   */
  async of(session: CacheSession, texts: Texts, refusal?: AccountView['refusal']): Promise<string> {
    const user = await currentUser<DemoUser>(session);
    const cart = (await session.get<Cart>('cart')) ?? [];
    const products = await this.products.all();
    return accountDocument({
      user,
      browsers: user ? Math.max(1, (await this.sessions.forUser(user.id)).length) : 0,
      cart: toRows(cart, products),
      products,
      csrfToken: await csrfTokenOf(session),
      answeredBy: this.redis.answeredBy(texts.account.answeredBy),
      texts,
      redis: this.redis.now(),
      isOnRedis: this.redis.isRedis(),
      ...(refusal ? { refusal } : {}),
    });
  }
}
