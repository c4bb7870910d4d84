import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { SentinelCacheHealthIndicator } from 'nestjs-sentinel-cache/terminus';

import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { EventFeed } from './event-feed.service.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { OperationsController } from './operations.controller.js';
import { RefusalLog } from './refusal-log.service.js';

@Module({
  // Terminus would log each check that fails; each change of state is in the log already.
  imports: [CatalogueModule, TerminusModule.forRoot({ logger: false })],
  controllers: [OperationsController, HealthController, MetricsController],
  providers: [HealthService, SentinelCacheHealthIndicator, EventFeed, MetricsService, RefusalLog],
})
export class OperationsModule {}
