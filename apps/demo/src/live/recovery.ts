import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';

/** One failover, as the writes of this process saw it. All milliseconds. */
export interface Recovery {
  readonly from: string;
  readonly to: string;
  /** When the sentinels announced the new primary (`+switch-master`), since the epoch. */
  readonly switchedAtMs: number;
  /** From that announcement to the first write on the new primary. */
  readonly afterSwitchMs: number;
  /** From the last write on the old primary to the first one on the new: the sentinels' decision included. */
  readonly withoutWritesMs: number;
  /** Writes that were refused in that time. */
  readonly refused: number;
}

interface Switch {
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
  readonly wallMs: number;
}

/** Measures failovers from what the sentinels say and how writes end. Knows no clock: each call says when. */
export class RecoveryMeter {
  private pending: Switch | undefined;
  private movedTo: string | null = null;
  private lastWriteAtMs: number | undefined;
  private refused = 0;

  /** Takes an event of the monitor. */
  event(event: MonitorEvent, nowMs: number): void {
    if (event.type === 'moved') this.movedTo = event.address;
    if (event.type === 'connection-lost') this.movedTo = null;
    if (event.type === 'primary-changed') this.pending = { from: event.from, to: event.to, atMs: nowMs, wallMs: event.atMs };
  }

  /** Takes a write that succeeded; returns the failover that it ends, if it does. */
  wrote(nowMs: number): Recovery | undefined {
    const { pending, lastWriteAtMs = nowMs, refused } = this;
    // Until the connection has moved, the old primary takes writes.
    const isOver = pending !== undefined && pending.to === this.movedTo;
    if (!pending || isOver) this.refused = 0;
    this.lastWriteAtMs = nowMs;
    if (!isOver) return undefined;
    this.pending = undefined;
    return {
      from: pending.from,
      to: pending.to,
      switchedAtMs: pending.wallMs,
      afterSwitchMs: nowMs - pending.atMs,
      withoutWritesMs: nowMs - lastWriteAtMs,
      refused,
    };
  }

  /** Takes a write that was refused. */
  failed(): void {
    this.refused += 1;
  }
}
