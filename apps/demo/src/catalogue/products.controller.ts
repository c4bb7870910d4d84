import { Body, Controller, Get, Param, ParseIntPipe, Post, Put } from '@nestjs/common';
import { CacheControl, CachePage, NeverCache, Pages } from 'nestjs-sentinel-cache';

import { ProductDatabase } from './product-database.service.js';
import { NewProductPipe, ProductChangesPipe } from './product-input.pipe.js';
import { ProductList, type PricedList } from './product-list.service.js';
import type { Product, ProductInput } from './product-database.service.js';

const PATH = '/products';

/**
 * Slow responses, cached as pages and dropped by every write. `shared`: they are the same for everybody, so
 * that visitors with a session get them from the cache, too. `maxAge: 0`: browsers ask each time, since nobody
 * could drop what they keep.
 */
@Controller('products')
export class ProductsController {
  constructor(
    private readonly database: ProductDatabase,
    private readonly products: ProductList,
    private readonly pages: Pages,
  ) {}

  @Get()
  @CachePage('1m', { shared: true })
  @CacheControl({ maxAge: 0 })
  list(): Promise<Product[]> {
    return this.database.list();
  }

  /** The same without a cache, to compare. */
  @Get('uncached')
  @NeverCache()
  uncached(): Promise<Product[]> {
    return this.database.list();
  }

  /** The same from the near cache: the handler runs, and asks the memory of this process. */
  @Get('near')
  @NeverCache()
  near(): Promise<PricedList> {
    return this.products.priced();
  }

  @Get(':id')
  @CachePage('1m', { shared: true })
  @CacheControl({ maxAge: 0 })
  one(@Param('id', ParseIntPipe) id: number): Promise<Product> {
    return this.database.find(id);
  }

  @Post()
  async create(@Body(NewProductPipe) input: ProductInput): Promise<Product> {
    const product = this.database.insert(input);
    await this.pages.evict({ path: PATH });
    return product;
  }

  @Put(':id')
  async change(
    @Param('id', ParseIntPipe) id: number,
    @Body(ProductChangesPipe) changes: Partial<ProductInput>,
  ): Promise<Product> {
    const product = this.database.update(id, changes);
    await this.pages.evict({ path: PATH });
    return product;
  }
}
