import { Injectable } from '@nestjs/common';
import { InjectCache, SentinelCache } from 'nestjs-sentinel-cache';

import { ProductCache } from './product-cache.service.js';
import { ProductDatabase } from './product-database.service.js';
import { LIST_KEY } from './product-keys.js';
import type { Product } from './product.js';

const LIFETIME_SECONDS = 60;

/**
 * The products for code that needs them, under the key and in the bytes of the answer to GET /products:
 * either finds the other's entry.
 */
@Injectable()
export class ProductList {
  constructor(
    @InjectCache('default') private readonly cache: SentinelCache,
    private readonly database: ProductDatabase,
    private readonly productCache: ProductCache,
  ) {}

  async all(): Promise<readonly Product[]> {
    const { revision } = this.database;
    const products = await this.cache.getOrSet<readonly Product[]>(LIST_KEY, () => this.database.list(), LIFETIME_SECONDS);
    // A write overtook the slow query: what was stored is out of date (see DropOutdatedInterceptor).
    if (this.database.revision !== revision) await this.productCache.forget([LIST_KEY]);
    return products ?? [];
  }
}
