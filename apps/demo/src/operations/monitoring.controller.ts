import { Controller, Get, Header } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { SentinelCacheHealthIndicator } from 'nestjs-sentinel-cache/terminus';
import { Registry } from 'prom-client';

import { MetricsService } from './metrics.service.js';

/** What machines ask: a load balancer, and Prometheus. */
@Controller()
export class MonitoringController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly cache: SentinelCacheHealthIndicator,
    private readonly metrics: MetricsService,
  ) {}

  /** 200 while the cache is up or degraded, 503 when it is down. */
  @Get('health')
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.cache.check('cache')]);
  }

  @Get('metrics')
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  scrape(): Promise<string> {
    return this.metrics.text();
  }
}
