import type { LocalSentinel } from 'local-sentinel';

import { nowMs, type Order } from './reader.js';

/** How long both replicas may take to have a write. */
const WAIT_MS = 400;

/** Carries out a write. Rejects when it failed or may have failed. */
export type Writer = (order: Order) => Promise<unknown>;

/** A version of a key that is over: nothing older than `version` may be read from then on. */
export interface Acknowledged {
  readonly key: string;
  readonly version: number;
  readonly atMs: number;
}

/**
 * Writes some keys and their tag one after the other. What it wrote is acknowledged when the primary has it and, by WAIT, both replicas have
 * all that the primary had then. One is not enough: sentinels promote the replica that had most when they asked last.
 */
export class Lane {
  readonly keys: readonly string[];
  /** Keys whose entry is certain to have the tag. */
  private readonly tagged = new Set<string>();
  private version = 0;

  constructor(
    private readonly number: number,
    private readonly topology: LocalSentinel,
    private readonly onAcknowledged: (what: Acknowledged) => void,
  ) {
    this.keys = [0, 1, 2, 3].map((i) => `lane${number}:${i}`);
  }

  get tag(): string {
    return `tag${this.number}`;
  }

  /** One step: what, to which key and by whom is random. */
  async step(random: () => number, writers: readonly Writer[]): Promise<void> {
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
    const kind = pick(['set', 'set', 'set', 'delete', 'invalidate'] as const);
    const name = kind === 'invalidate' ? this.tag : pick(this.keys);
    const tags = kind === 'set' && random() < 0.6 ? [this.tag] : [];
    const version = (this.version += 1);
    const ended = kind === 'invalidate' ? [...this.tagged] : [name];
    for (const key of ended) this.tagged.delete(key);
    const isDone = await pick(writers)({ kind, name, version, tags }).then(
      () => true,
      () => false,
    );
    if (!isDone || !(await this.isSafe(kind, name, version))) return;
    const atMs = nowMs();
    for (const key of ended) this.onAcknowledged({ key, version, atMs });
    if (tags.length > 0) this.tagged.add(name);
  }

  private async isSafe(kind: Order['kind'], name: string, version: number): Promise<boolean> {
    const { primary } = this.topology;
    const stored = kind === 'invalidate' ? `app:\0tag:${name}` : `app:1:${name}`;
    const script = "return {redis.call('GET', KEYS[1]) or '', redis.call('INCR', KEYS[2])}";
    try {
      // In one turn, and so on one connection: WAIT counts who has what that one wrote.
      const [[found], replicas] = await Promise.all([
        primary.commandWithin(1000, 'EVAL', script, 2, stored, 'fence') as Promise<[unknown]>,
        primary.commandWithin(1000, 'WAIT', 2, WAIT_MS),
      ]);
      return String(found) === (kind === 'set' ? String(version) : '') && Number(replicas) >= 2;
    } catch {
      return false;
    }
  }
}
