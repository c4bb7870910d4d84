import {
  Inject,
  Injectable,
  Optional,
  ServiceUnavailableException,
  type BeforeApplicationShutdown,
  type MessageEvent,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SentinelCaches, SentinelMonitor } from 'nestjs-sentinel-cache';
import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';
import { concat, defer, finalize, map, merge, of, Subject, takeUntil, type Observable, type Subscription } from 'rxjs';

import { DRILL, type Drill, type DrillAction } from './drill.js';
import { Nodes } from './nodes.service.js';
import { Traffic } from './traffic.service.js';

/** How many events a page that is opened late still gets. */
const REMEMBERED = 30;
/** Each watcher holds a connection: no more than this many at a time. */
const MOST_WATCHERS = 50;

/** Somebody pressed a button. */
export interface DrillNote {
  readonly action: DrillAction;
  readonly addresses: readonly string[];
  readonly atMs: number;
}

/**
 * All that the page shows, as one stream: a browser has six connections to a host, and a stream takes one.
 * `hello` has everything so far, so that a stream that broke begins anew without a gap; then `nodes`,
 * `sample`, `state`, `recovery` and `drill` as they come.
 */
@Injectable()
export class LiveFeed implements OnModuleInit, BeforeApplicationShutdown {
  private readonly last: (MonitorEvent | DrillNote)[] = [];
  private readonly states$ = new Subject<MonitorEvent>();
  private readonly drills$ = new Subject<DrillNote>();
  private readonly end$ = new Subject<void>();
  private watchers = 0;
  private subscription: Subscription | undefined;

  constructor(
    private readonly monitor: SentinelMonitor,
    private readonly caches: SentinelCaches,
    private readonly traffic: Traffic,
    private readonly nodes: Nodes,
    private readonly host: HttpAdapterHost,
    @Optional() @Inject(DRILL) private readonly drill?: Drill,
  ) {}

  onModuleInit(): void {
    this.subscription = this.monitor.events$.subscribe((event) => {
      this.remember(event);
      this.states$.next(event);
      if (this.watchers > 0) this.nodes.lookSoon();
    });
  }

  /** For one watcher; `mayDrill`: whether its buttons would be obeyed. 503 when there are too many. */
  watch(mayDrill: boolean): Observable<MessageEvent> {
    if (this.watchers >= MOST_WATCHERS) throw new ServiceUnavailableException('Too many are watching.');
    return defer(() => {
      this.enter();
      const live = merge(
        this.states$.pipe(named('state')),
        this.drills$.pipe(named('drill')),
        this.nodes.changes$.pipe(named('nodes')),
        this.traffic.samples$.pipe(named('sample')),
        this.traffic.recoveries$.pipe(named('recovery')),
      );
      return concat(of({ type: 'hello', data: this.hello(mayDrill) }), live).pipe(
        takeUntil(this.end$),
        finalize(() => this.leave()),
      );
    });
  }

  /** Tells the watchers what a button did. */
  noteDrill(action: DrillAction, addresses: readonly string[]): void {
    const note = { action, addresses, atMs: Date.now() };
    this.remember(note);
    this.drills$.next(note);
    this.nodes.lookSoon();
  }

  /** Before the server waits for its connections to end. */
  beforeApplicationShutdown(): void {
    this.subscription?.unsubscribe();
    this.end$.next();
  }

  private hello(mayDrill: boolean): object {
    return {
      backend: this.caches.topology('default') ? 'redis' : 'memory',
      platform: this.host.httpAdapter.getType(),
      drill: mayDrill && this.drill !== undefined,
      samples: this.traffic.samples,
      events: this.last,
      recovery: this.traffic.lastRecovery ?? null,
      nodes: this.nodes.now(),
    };
  }

  private enter(): void {
    this.watchers += 1;
    if (this.watchers > 1) return;
    this.traffic.start();
    this.nodes.start();
  }

  private leave(): void {
    this.watchers -= 1;
    if (this.watchers > 0) return;
    this.traffic.stop();
    this.nodes.stop();
  }

  private remember(event: MonitorEvent | DrillNote): void {
    this.last.push(event);
    if (this.last.length > REMEMBERED) this.last.shift();
  }
}

function named<T extends object>(type: string): (source: Observable<T>) => Observable<MessageEvent> {
  return map((data) => ({ type, data }));
}
