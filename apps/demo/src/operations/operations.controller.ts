import { Controller, Get, NotFoundException, Req, ServiceUnavailableException, Sse, type MessageEvent } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CacheUnavailableError, CommandRejectedError, SentinelCaches } from 'nestjs-sentinel-cache';
import type { MonitoredReplica, NearFigures } from 'nestjs-sentinel-cache/monitor';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Observable } from 'rxjs';

import { ProductDatabase } from '../catalogue/product-database.service.js';
import { isFromThisMachine, type FromRequest } from '../live/drill.controller.js';
import { LiveFeed } from '../live/live-feed.service.js';

const run = promisify(execFile);

/** What a program gets of it. */
interface ShownTopology {
  readonly topology: string;
  readonly masterName: string | null;
  readonly state: { readonly status: string };
  readonly primary: string | null;
  readonly replicas: readonly MonitoredReplica[];
  readonly sentinels: readonly { readonly address: string; readonly connected: boolean; readonly names: string | null }[];
}

/** How often the database was asked, and on what this runs. */
interface Stats {
  readonly slowReads: number;
  readonly backend: 'redis' | 'memory';
  readonly platform: string;
  /** Of the alias `near`, where there is one. */
  readonly near?: NearFigures;
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
    private readonly database: ProductDatabase,
    private readonly host: HttpAdapterHost,
    private readonly feed: LiveFeed,
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

  /** All that the page shows, as server-sent events. */
  @Sse('events')
  events(@Req() request: FromRequest): Observable<MessageEvent> {
    return this.feed.watch(isFromThisMachine(request));
  }

  /**
   * Whether a write goes through: 200 or 503. Asks by doing: a primary that answers but refuses writes is no
   * healthy one.
   */
  @Get('health')
  async isHealthy(): Promise<object> {
    const beganMs = performance.now();
    try {
      await this.caches.strict('default').set('operations:health', Date.now(), '10s');
      return { status: 'up', roundTripMs: Math.round((performance.now() - beganMs) * 100) / 100 };
    } catch (error) {
      if (!(error instanceof CacheUnavailableError || error instanceof CommandRejectedError)) throw error;
      const reason = error instanceof CacheUnavailableError ? error.reason : error.redisCode;
      throw new ServiceUnavailableException({ status: 'down', reason, message: error.message });
    }
  }

  @Get('stats')
  stats(): Stats {
    const backend = this.caches.topology('default') ? 'redis' : 'memory';
    const near = this.caches.aliases().includes('near') ? this.caches.near('near') : undefined;
    return { slowReads: this.database.slowReads, backend, platform: this.host.httpAdapter.getType(), ...(near && { near }) };
  }

  /** The line that kills the present primary. For a terminal. */
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

/**
 * The shell line that kills this Redis: by its process id where it is a process of this machine, else by its
 * own command. An id alone proves nothing: that of a Redis in a container is another process's out here.
 */
async function killLine(address: string, info: string): Promise<string> {
  const socket = /^unix:(.+)$/.exec(address)?.[1];
  if (socket) return `redis-cli -s ${socket} --askpass SHUTDOWN NOSAVE`;
  const pid = /^process_id:(\d+)\r?$/m.exec(info)?.[1];
  const { hostname, port } = new URL(`redis://${address}`);
  if (pid && (await commandOf(pid)).includes(`:${port}`)) return `kill -9 ${pid}`;
  return `redis-cli -h ${hostname.replace(/^\[|\]$/g, '')} -p ${port} --askpass SHUTDOWN NOSAVE`;
}

/** How that process was started (Redis names its port there), or nothing. */
async function commandOf(pid: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    const listed = run('ps', ['-o', 'command=', '-p', pid], { timeout: 1000 });
    return listed.then(({ stdout }) => stdout).catch(() => '');
  }
}
