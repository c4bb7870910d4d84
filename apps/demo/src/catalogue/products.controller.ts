import { CacheInterceptor, CacheKey, CacheTTL } from '@nestjs/cache-manager';
import { Body, Controller, Get, Param, ParseIntPipe, Post, Put, UseInterceptors } from '@nestjs/common';

import { DropOutdatedInterceptor } from './drop-outdated.interceptor.js';
import { ProductCache } from './product-cache.service.js';
import { ProductDatabase } from './product-database.service.js';
import { NewProductPipe, ProductChangesPipe } from './product-input.pipe.js';
import { LIST_KEY, productKey, productKeyOf } from './product-keys.js';
import type { Product, ProductInput } from './product.js';

/**
 * Slow answers, cached with the decorators of `@nestjs/cache-manager` as they are, and taken back by every
 * write.
 */
@Controller('products')
export class ProductsController {
  constructor(
    private readonly database: ProductDatabase,
    private readonly cache: ProductCache,
  ) {}

  @Get()
  @UseInterceptors(DropOutdatedInterceptor, CacheInterceptor)
  @CacheKey('products')
  @CacheTTL(60_000)
  list(): Promise<Product[]> {
    return this.database.list();
  }

  @Get(':id')
  @UseInterceptors(DropOutdatedInterceptor, CacheInterceptor)
  @CacheKey(productKeyOf)
  @CacheTTL(60_000)
  one(@Param('id', ParseIntPipe) id: number): Promise<Product> {
    return this.database.find(id);
  }

  @Post()
  async create(@Body(NewProductPipe) input: ProductInput): Promise<Product> {
    const product = this.database.insert(input);
    await this.cache.forget([LIST_KEY]);
    return product;
  }

  @Put(':id')
  async change(
    @Param('id', ParseIntPipe) id: number,
    @Body(ProductChangesPipe) changes: Partial<ProductInput>,
  ): Promise<Product> {
    const product = this.database.update(id, changes);
    await this.cache.forget([LIST_KEY, productKey(id)]);
    return product;
  }
}
