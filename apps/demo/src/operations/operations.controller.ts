import { Controller, Get, NotFoundException, ServiceUnavailableException, Sse, type MessageEvent } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SentinelCaches } from 'nestjs-sentinel-cache';
import type { MonitoredReplica } from 'nestjs-sentinel-cache/monitor';
import type { Observable } from 'rxjs';

import { ProductDatabase } from '../catalogue/product-database.service.js';
import { EventFeed } from './event-feed.service.js';
import { HealthService, type Health } from './health.service.js';
import { killLine } from './kill-line.js';

/** What the page shows of it. */
interface ShownTopology {
  readonly topology: string;
  readonly masterName: string | null;
  readonly state: { readonly status: string };
  readonly primary: string | null;
  readonly replicas: readonly MonitoredReplica[];
  readonly sentinels: readonly { readonly address: string; readonly connected: boolean; readonly names: string | null }[];
}

const WITHOUT_REDIS: ShownTopology = {
  topology: 'none',
  masterName: null,
  state: { status: 'up' },
  primary: null,
  replicas: [],
  sentinels: [],
};

@Controller('operations')
export class OperationsController {
  constructor(
    private readonly caches: SentinelCaches,
    private readonly health: HealthService,
    private readonly database: ProductDatabase,
    private readonly host: HttpAdapterHost,
    private readonly feed: EventFeed,
  ) {}

  /**
   * Who is the primary, which replicas follow it and how far behind, whom each sentinel names. Known, not
   * asked: answers in an outage too.
   */
  @Get('topology')
  topology(): ShownTopology {
    const known = this.caches.topology('default');
    if (!known) return WITHOUT_REDIS;
    const { kind, masterName, state, primary, replicas, sentinels } = known;
    return {
      topology: kind,
      masterName,
      state,
      primary: primary.connected ? primary.address : null,
      replicas,
      sentinels: sentinels.map(({ address, reachable, names }) => ({ address, connected: reachable, names })),
    };
  }

  /** What happens to Redis, as server-sent events: the last ones, and each new one. */
  @Sse('events')
  events(): Observable<MessageEvent> {
    return this.feed.watch();
  }

  /** Whether a write goes through: 200 or 503. */
  @Get('health')
  async isHealthy(): Promise<Health> {
    const health = await this.health.ask();
    if (health.status === 'down') throw new ServiceUnavailableException(health);
    return health;
  }

  /** How often the database was asked, and on what this runs. */
  @Get('stats')
  stats(): { slowReads: number; backend: 'redis' | 'memory'; platform: string } {
    const backend = this.caches.topology('default') ? 'redis' : 'memory';
    return { slowReads: this.database.slowReads, backend, platform: this.host.httpAdapter.getType() };
  }

  /** The line that kills the present primary. For demonstrations. */
  @Get('kill-line')
  async killLine(): Promise<{ primary: string; line: string }> {
    if (!this.caches.topology('default'))
      throw new NotFoundException('There is no Redis to kill: the cache is the memory of this process.');
    const info = await this.caches.strict('default').command('INFO', 'server');
    const primary = this.caches.topology('default')?.primary;
    if (!primary?.connected || primary.address === null)
      throw new ServiceUnavailableException('There is no primary at the moment.');
    return { primary: primary.address, line: await killLine(primary.address, String(info)) };
  }
}
