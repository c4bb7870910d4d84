import { Body, Controller, NotFoundException, ParseIntPipe, Post, Redirect, Session, UseGuards } from '@nestjs/common';
import { CacheSession } from 'nestjs-sentinel-cache';

import { ProductList } from '../catalogue/product-list.service.js';
import { without, withOneMore, type Cart } from './cart.js';
import { CsrfGuard } from './csrf.guard.js';

const HOME = '/account';

/** The cart lives in the session, of visitors who are nobody yet as well. */
@Controller('account/cart')
@UseGuards(CsrfGuard)
export class CartController {
  constructor(private readonly products: ProductList) {}

  @Post('add')
  @Redirect(HOME, 303)
  async add(@Session() session: CacheSession, @Body('product', ParseIntPipe) product: number): Promise<void> {
    const known = await this.products.all();
    if (!known.some(({ id }) => id === product)) throw new NotFoundException(`There is no product ${product}.`);
    // A function: two clicks at once, in two tabs, are two pieces.
    await session.update<Cart>('cart', (cart) => withOneMore(cart ?? [], product));
  }

  @Post('remove')
  @Redirect(HOME, 303)
  async remove(@Session() session: CacheSession, @Body('product', ParseIntPipe) product: number): Promise<void> {
    await session.update<Cart>('cart', (cart) => without(cart ?? [], product));
  }
}
