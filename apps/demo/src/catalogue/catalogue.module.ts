import { Module } from '@nestjs/common';

import { ProductCache } from './product-cache.service.js';
import { ProductDatabase } from './product-database.service.js';
import { ProductList } from './product-list.service.js';
import { ProductsController } from './products.controller.js';

@Module({
  controllers: [ProductsController],
  providers: [ProductDatabase, ProductCache, ProductList],
  exports: [ProductDatabase, ProductList],
})
export class CatalogueModule {}
