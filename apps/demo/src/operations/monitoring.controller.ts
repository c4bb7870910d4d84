import { Controller, Get, Header, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { SentinelCaches } from 'nestjs-sentinel-cache';
import { startPrometheusListener, type PrometheusListener } from 'nestjs-sentinel-cache/prometheus';
import { SentinelCacheHealthIndicator } from 'nestjs-sentinel-cache/terminus';
import { Registry } from 'prom-client';

/**
 * Counts what this demo's caches do, in a registry of its own: prom-client's global one is shared by every
 * demo of a process.
 */
@Injectable()
export class MetricsService implements OnModuleInit, OnApplicationShutdown {
  private readonly registry = new Registry();
  private listener: PrometheusListener | undefined;

  constructor(private readonly caches: SentinelCaches) {}

  onModuleInit(): void {
    this.listener = startPrometheusListener(this.caches, { registry: this.registry });
  }

  /** As Prometheus reads it. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  onApplicationShutdown(): void {
    this.listener?.dispose();
  }
}

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
