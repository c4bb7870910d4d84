import type { LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type DjangoSettings, type SentinelCaches } from 'nestjs-sentinel-cache';
import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';

import { pastedSettings } from '../failover/sentinel-fixture.js';

/** Caches on a topology, every event of theirs, and every line of their log. */
export interface Monitored {
  readonly caches: SentinelCaches;
  readonly events: MonitorEvent[];
  readonly log: CacheEvent[];
  /** The types of the events so far. */
  types(): string[];
  of<T extends MonitorEvent['type']>(type: T): Extract<MonitorEvent, { type: T }>[];
}

/** Caches with a listener from the beginning on. */
export function monitored(settings: DjangoSettings): Monitored {
  const log: CacheEvent[] = [];
  const events: MonitorEvent[] = [];
  const caches = createCaches(settings, { onEvent: (event) => log.push(event) });
  caches.monitor.events$.subscribe((event) => events.push(event));
  return {
    caches,
    events,
    log,
    types: () => events.map(({ type }) => type),
    of: (type) => events.filter((event) => event.type === type) as never,
  };
}

/** As `monitored`, on the default alias of a topology, connected. */
export async function monitoredOn(topology: LocalSentinel, options: Record<string, unknown> = {}): Promise<Monitored> {
  const subject = monitored(pastedSettings(topology, options));
  await subject.caches.get().set('warm', 1);
  // The first call needs one sentinel; the others' events are heard once they are reached, too.
  await subject.caches.monitor.topology();
  return subject;
}
