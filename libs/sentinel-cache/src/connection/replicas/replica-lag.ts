import { textOf, unsigned64 } from '../resp/reply-shape.js';

/** Where a replica stands in the replication stream, by its own word (ROLE, or INFO replication). */
export interface ReplicaPosition {
  readonly linkUp: boolean;
  /** Bytes of the stream that it has. Means nothing while the link is down (ROLE says -1). */
  readonly offset: number;
}

/** How many samples of the primary are kept, one a second. */
const SAMPLES = 32;

/**
 * Turns replication offsets, which are bytes, into time: a replica lags by the time since the primary had its
 * offset.
 */
export class PrimaryOffsets {
  private samples: { readonly atMs: number; readonly offset: number }[] = [];

  /** Records the offset of the primary. */
  add(offset: number, atMs: number): void {
    // After a failover the new primary counts on; a step back means another history.
    if (offset < (this.samples.at(-1)?.offset ?? 0)) this.samples = [];
    this.samples.push({ atMs, offset });
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /**
   * Returns the lag of a replica in whole milliseconds; null while nothing is known of the primary, or the
   * replica's link is down.
   */
  lagOf({ linkUp, offset }: ReplicaPosition, nowMs: number): number | null {
    if (this.samples.length === 0 || !linkUp) return null;
    if (offset >= this.samples.at(-1)!.offset) return 0;
    // The last sample that it has is the last moment at which it certainly missed nothing.
    const had = this.samples.findLast((sample) => sample.offset <= offset) ?? this.samples[0]!;
    return Math.round(nowMs - had.atMs);
  }
}

/** Reads the reply to ROLE of a replica; undefined for any other. */
export function readReplicaRole(reply: unknown): ReplicaPosition | undefined {
  if (!Array.isArray(reply) || textOf(reply[0]) !== 'slave') return undefined;
  // Without a link it is -1.
  const offset = reply[4] === -1 ? -1 : offsetOf(reply[4]);
  return offset === undefined ? undefined : { linkUp: textOf(reply[3]) === 'connected', offset };
}

/** Reads the offset in the reply to ROLE of a primary; undefined for any other. */
export function readPrimaryRole(reply: unknown): number | undefined {
  return Array.isArray(reply) && textOf(reply[0]) === 'master' ? offsetOf(reply[1]) : undefined;
}

/** Reads INFO replication of a replica, for users who may not ask ROLE. */
export function readReplicaInfo(text: string): ReplicaPosition | undefined {
  const offset = offsetOf(/^slave_repl_offset:(\d+)/m.exec(text)?.[1]);
  return offset === undefined ? undefined : { linkUp: /^master_link_status:up/m.test(text), offset };
}

/** Reads the offset in INFO replication of a primary. */
export function readPrimaryInfo(text: string): number | undefined {
  return offsetOf(/^master_repl_offset:(\d+)/m.exec(text)?.[1]);
}

function offsetOf(reply: unknown): number | undefined {
  const offset = unsigned64(textOf(reply));
  return offset === undefined ? undefined : Number(offset);
}
