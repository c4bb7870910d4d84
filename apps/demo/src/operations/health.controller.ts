import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { SentinelCacheHealthIndicator } from 'nestjs-sentinel-cache/terminus';

/** For the load balancer that decides whether this process gets traffic. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly cache: SentinelCacheHealthIndicator,
  ) {}

  /** 200 while the cache is up or degraded, 503 when it is down. */
  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.cache.check('cache')]);
  }
}
