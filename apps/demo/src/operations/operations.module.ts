import { Module } from '@nestjs/common';

import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { HealthService } from './health.service.js';
import { OperationsController } from './operations.controller.js';

@Module({ imports: [CatalogueModule], controllers: [OperationsController], providers: [HealthService] })
export class OperationsModule {}
