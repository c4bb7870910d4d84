import { Inject, Injectable, Optional, type OnModuleDestroy } from '@nestjs/common';
import { SentinelCaches } from 'nestjs-sentinel-cache';
import type { MonitoredReplica, MonitoredTopology } from 'nestjs-sentinel-cache/monitor';
import { Subject } from 'rxjs';

import { Drill, DRILL, type DrillAction, type Injury } from './drill.js';
import { Traffic } from './traffic.service.js';

export type NodeKind = 'primary' | 'replica' | 'sentinel';
/** `joining`: it runs, and has not all of the primary's data yet. */
export type NodeState = 'up' | 'joining' | 'down';

/** One server, as the picture shows it. */
export interface ShownNode {
  readonly address: string;
  readonly kind: NodeKind;
  readonly state: NodeState;
  /** For how long it is in this state. */
  readonly sinceMs: number;
  /** Of a replica: how far it is behind. */
  readonly lagMs: number | null;
  /** Of a sentinel: whom it names. */
  readonly names: string | null;
  /** What a button did to it. */
  readonly injury: Injury | null;
}

/** All that is known of the servers now. */
export interface ShownNodes {
  readonly nodes: readonly ShownNode[];
  readonly primary: string | null;
  /** `away`: no connection, or the last write was refused. */
  readonly status: 'none' | 'up' | 'changing' | 'away';
  /** What the buttons can do; null without servers of our own. */
  readonly possible: readonly DrillAction[] | null;
}

type Seen = Omit<ShownNode, 'sinceMs' | 'injury'>;

const LOOK_EVERY_MS = 1000;
const AFTER_EVENT_MS = 30;

/**
 * Every server that was ever seen, with its state and how long it is in it: one that is gone stays in the
 * picture. Looks once a second while somebody watches, and at once when something happens.
 */
@Injectable()
export class Nodes implements OnModuleDestroy {
  readonly changes$ = new Subject<ShownNodes>();
  private readonly known = new Map<string, Seen & { readonly fromMs: number }>();
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private begun = 0;
  private taken = 0;

  constructor(
    private readonly caches: SentinelCaches,
    private readonly traffic: Traffic,
    @Optional() @Inject(DRILL) private readonly drill?: Drill,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    this.lookSoon();
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.timer = this.soon = undefined;
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Several events of one moment are one look. */
  lookSoon(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      void this.look();
    }, AFTER_EVENT_MS).unref();
  }

  /** What was seen last. */
  now(): ShownNodes {
    const topology = this.caches.topology('default');
    const named = [...this.known.values()].find(({ kind }) => kind === 'primary')?.address ?? null;
    const primary = topology?.primary.address ?? named;
    const nowMs = performance.now();
    const nodes = [...this.known.values()].map(({ fromMs, ...seen }) => this.shown(seen, nowMs - fromMs));
    return {
      nodes,
      primary: topology?.primary.connected ? primary : null,
      status: this.statusOf(topology),
      possible: this.drill ? this.drill.possible(primary) : null,
    };
  }

  /** Of two looks at a time, that which began later counts: hung servers make the first one late. */
  private async look(): Promise<void> {
    const turn = (this.begun += 1);
    // The caches close under it when the demo ends.
    const topology = await this.caches.monitor.topology('default').catch(() => undefined);
    if (turn < this.taken) return;
    this.taken = turn;
    if (topology) this.take(seenIn(topology));
    this.changes$.next(this.now());
  }

  private shown(seen: Seen, sinceMs: number): ShownNode {
    return { ...seen, sinceMs: Math.round(sinceMs), injury: this.drill?.injuryOf(seen.address) ?? null };
  }

  private take(seen: readonly Seen[]): void {
    const nowMs = performance.now();
    const named = new Set(seen.map(({ address }) => address));
    const gone = [...this.known.values()].filter(({ address }) => !named.has(address));
    for (const each of [...seen, ...gone.map((node): Seen => ({ ...node, kind: demoted(node.kind, seen), state: 'down' }))]) {
      const state = this.drill?.injuryOf(each.address) ? 'down' : each.state;
      const before = this.known.get(each.address);
      const fromMs = before?.state === state ? before.fromMs : nowMs;
      this.known.set(each.address, { ...each, state, fromMs });
    }
  }

  private statusOf(topology: MonitoredTopology | undefined): ShownNodes['status'] {
    if (!topology) return 'none';
    if (topology.state.status !== 'up') return 'away';
    if (this.traffic.isWriting === false) return 'away';
    return topology.primary.connected ? 'up' : 'changing';
  }
}

/** Each server once: a primary that is listed as a replica, too, is the primary. */
function seenIn(topology: MonitoredTopology): Seen[] {
  const { shards, primaries } = topology;
  const seen = shards?.flatMap(seenIn) ?? [
    ...(primaries?.map(({ address, answers }) => primaryAt(address, answers !== false)) ?? primaryOf(topology)),
    ...topology.replicas.map(replica),
    ...topology.sentinels.map(({ address, reachable, names }): Seen => {
      return { address, kind: 'sentinel', state: reachable ? 'up' : 'down', lagMs: null, names };
    }),
  ];
  return [...new Map(seen.toReversed().map((node) => [node.address, node])).values()].toReversed();
}

function primaryOf({ primary }: MonitoredTopology): Seen[] {
  if (primary.address === null) return [];
  // Its flags may still be those of the one before: a sentinel learns of the new one a moment later.
  return [primaryAt(primary.address, primary.connected)];
}

function primaryAt(address: string, isUp: boolean): Seen {
  return { address, kind: 'primary', state: isUp ? 'up' : 'down', lagMs: null, names: null };
}

function replica({ address, flags, linkUp, lagMs }: MonitoredReplica): Seen {
  const state = isDown(flags) ? 'down' : linkUp === false ? 'joining' : 'up';
  return { address, kind: 'replica', state, lagMs: state === 'up' ? lagMs : null, names: null };
}

function isDown(flags: readonly string[] | null): boolean {
  return flags?.some((flag) => ['s_down', 'o_down', 'disconnected', 'fail'].includes(flag)) ?? false;
}

/** An old primary that nobody lists any more is no primary, where there is a new one. */
function demoted(kind: NodeKind, seen: readonly Seen[]): NodeKind {
  return kind === 'primary' && seen.some((node) => node.kind === 'primary') ? 'replica' : kind;
}
