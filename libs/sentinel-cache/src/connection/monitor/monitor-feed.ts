import { Subject, type Observable } from 'rxjs';

import { publishState } from '../../telemetry/channels.js';
import type { MonitorEvent, SentinelToldEvent } from '../../telemetry/monitor-event.js';
import type { Clock } from '../../time/clock.js';
import { ConnectionEventSource, type EventOrigin } from './connection-event-source.js';
import { SafeObservable } from './safe-observable.js';
import { RepeatFilter } from './repeat-filter.js';
import type { ClientEvent, SentinelNews } from '../contract/client-event.js';

/** Publishes what all clients report, each fact once: to `events$` and to the state channel. */
export class MonitorFeed {
  /** Hot, without replay; completes at `close`. */
  readonly events$: Observable<MonitorEvent>;
  private readonly subject = new Subject<MonitorEvent>();
  private readonly repeats: RepeatFilter;
  private clients = 0;

  constructor(private readonly clock: Clock) {
    this.repeats = new RepeatFilter(clock);
    this.events$ = new SafeObservable(this.subject);
  }

  /**
   * Returns the function that takes the events of one client. Two clients of one deployment each hear its
   * sentinels; that is one event.
   */
  intake(origin: EventOrigin): (event: ClientEvent) => void {
    this.clients += 1;
    const client = `${this.clients}`;
    const own = new ConnectionEventSource(origin, this.clock);
    return (event) => {
      if (event.kind === 'sentinel-said') return this.onNews(event, origin.masterName, client);
      for (const change of own.read(event)) if (this.isNews(change, client)) this.publish(change);
    };
  }

  close(): void {
    this.subject.complete();
  }

  private onNews({ fact, sentinel }: SentinelNews, masterName: string | null, client: string): void {
    const key = [masterName, ...whatMakesItTheSame(fact, sentinel)].join(' ');
    if (!this.repeats.isNews(key, `${client} ${sentinel}`)) return;
    this.publish({ ...fact, masterName, sentinel, atMs: this.clock.wallMs() } as SentinelToldEvent);
  }

  /**
   * Two clients may report that one sentinel is lost; all other changes are about the client's own
   * connection.
   */
  private isNews(event: MonitorEvent, client: string): boolean {
    if (event.type !== 'sentinel-lost' && event.type !== 'sentinel-back') return true;
    return this.repeats.isNews([event.masterName, event.type, event.sentinel].join(' '), client);
  }

  private publish(event: MonitorEvent): void {
    Object.freeze(event);
    publishState(event);
    this.subject.next(event);
  }
}

/** What several sentinels have to agree in for it to be one fact. */
function whatMakesItTheSame(fact: SentinelNews['fact'], sentinel: string): readonly unknown[] {
  switch (fact.type) {
    case 'primary-down-agreed':
      // How many agree by now differs.
      return [fact.type, fact.address];
    case 'primary-changed':
      // So does where it moved from, for one that missed a move.
      return [fact.type, fact.to];
    case 'monitoring-started':
    case 'monitoring-stopped':
    case 'monitoring-reset':
      // Each sentinel for itself.
      return [fact.type, fact.address, sentinel];
    default:
      return Object.values(fact);
  }
}
