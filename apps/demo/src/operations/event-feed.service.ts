import {
  Injectable,
  ServiceUnavailableException,
  type BeforeApplicationShutdown,
  type MessageEvent,
  type OnModuleInit,
} from '@nestjs/common';
import { SentinelMonitor } from 'nestjs-sentinel-cache';
import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';
import { concat, defer, finalize, from, map, Subject, type Observable, type Subscription } from 'rxjs';

/** How many events a page that is opened late still gets. */
const REMEMBERED = 20;
/** Each watcher holds a connection: no more than this many at a time. */
const MOST_WATCHERS = 50;

/** What happened to Redis, live: the last events, and each new one, until the demo ends. */
@Injectable()
export class EventFeed implements OnModuleInit, BeforeApplicationShutdown {
  private readonly last: MonitorEvent[] = [];
  private readonly live = new Subject<MonitorEvent>();
  private watchers = 0;
  private subscription: Subscription | undefined;

  constructor(private readonly monitor: SentinelMonitor) {}

  onModuleInit(): void {
    this.subscription = this.monitor.events$.subscribe((event) => {
      this.last.push(event);
      if (this.last.length > REMEMBERED) this.last.shift();
      this.live.next(event);
    });
  }

  /** For one watcher. 503 when there are too many. */
  watch(): Observable<MessageEvent> {
    if (this.watchers >= MOST_WATCHERS) throw new ServiceUnavailableException('Too many are watching.');
    return defer(() => {
      this.watchers += 1;
      return concat(from([...this.last]), this.live).pipe(finalize(() => (this.watchers -= 1)));
    }).pipe(map((event) => ({ data: event, type: 'state' })));
  }

  /** Before the server waits for its connections to end. */
  beforeApplicationShutdown(): void {
    this.subscription?.unsubscribe();
    this.live.complete();
  }
}
