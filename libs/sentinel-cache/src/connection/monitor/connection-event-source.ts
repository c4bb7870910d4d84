import { printable } from '../../errors/printable.js';
import type { OwnEvent } from '../../telemetry/monitor-event.js';
import type { Clock } from '../../time/clock.js';
import type { ClientChange } from '../contract/client-event.js';

/** The client that events come from. */
export interface EventOrigin {
  readonly masterName: string | null;
  /** The aliases that it serves now; more may be added. */
  aliases(): readonly string[];
}

/**
 * Turns the changes of one client into events. Knows whether the client was connected before, and since when
 * it is not.
 */
export class ConnectionEventSource {
  private everUp = false;
  private downSinceMs: number | undefined;

  constructor(
    private readonly origin: EventOrigin,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the events of a change: one, or two where the connection came back at another primary (`moved`,
   * then `recovered`).
   */
  read(change: ClientChange): OwnEvent[] {
    const base = {
      masterName: this.origin.masterName,
      atMs: this.clock.wallMs(),
      aliases: this.origin.aliases(),
      message: printable(change.message),
      address: change.address ?? null,
    };
    switch (change.kind) {
      case 'up':
      case 'moved':
        return this.up(base, change);
      case 'down':
        this.downSinceMs ??= this.clock.monotonicMs();
        return [{ ...base, type: 'connection-lost', reason: change.reason ?? null }];
      case 'diagnosis':
        this.downSinceMs ??= this.clock.monotonicMs();
        return [{ ...base, type: 'diagnosis', reason: change.reason ?? null }];
      case 'sentinel-lost':
      case 'sentinel-back':
        return [{ ...base, type: change.kind, address: change.sentinel ?? null, sentinel: change.sentinel ?? null }];
      default:
        return [{ ...base, type: change.kind }];
    }
  }

  private up(base: Omit<OwnEvent & { type: 'connected' }, 'type'>, change: ClientChange): OwnEvent[] {
    const events: OwnEvent[] = [];
    if (!this.everUp) events.push({ ...base, type: 'connected' });
    else if (change.kind === 'moved') events.push({ ...base, type: 'moved', from: change.from ?? null });
    if (this.everUp && this.downSinceMs !== undefined)
      events.push({ ...base, type: 'recovered', downMs: Math.round(this.clock.monotonicMs() - this.downSinceMs) });
    this.everUp = true;
    this.downSinceMs = undefined;
    return events;
  }
}
