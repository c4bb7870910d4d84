import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SentinelCaches } from 'nestjs-sentinel-cache';
import { startPrometheusListener, type PrometheusListener } from 'nestjs-sentinel-cache/prometheus';
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
