import { printable } from '../../errors/printable.js';
import type { OwnEvent } from '../../telemetry/monitor-event.js';
import type { Clock } from '../../time/clock.js';
import type { ClientChange } from '../contract/client-event.js';

/** Whose events they are. */
export interface EventOrigin {
  readonly masterName: string | null;
  /** Grows while aliases are added. */
  aliases(): readonly string[];
}

/** Turns what one client tells of itself into events: knows whether it was connected before, and how long it was not. */
export class ConnectionEventSource {
  private everUp = false;
  private downSinceMs: number | undefined;

  constructor(
    private readonly origin: EventOrigin,
    private readonly clock: Clock,
  ) {}

  /** One event for each change; two where a connection came back at another primary (`moved`, then `recovered`). */
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
