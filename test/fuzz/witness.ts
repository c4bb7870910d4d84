import type { LocalNode } from 'local-sentinel';

import { isReachable, MASTER_NAME, type Ground } from './ground.js';
import type { Ledger } from './ledger.js';
import { Probe } from './probe.js';
import type { StallMeter } from './stall-meter.js';

const EVERY_MS = 150;
/** How long the client may need back to a primary that anybody could use. A bound of seconds: `test:promises` measures. */
export const BACK_WITHIN_MS = 3000;

/**
 * A second, dull client: asks the sentinels and the node itself again and again whether there is a primary that takes writes.
 * While it sees one, the client under test has no excuse.
 */
export class Witness {
  /** Streaks in which a primary could be used, and was not by the client, as text. */
  readonly violations: string[] = [];
  /** The longest time from "could be used" to "was used", less the stalls of this process. */
  longestRecoveryMs = 0;
  private reachable: { readonly node: LocalNode; readonly sinceMs: number; used: boolean } | undefined;
  private lastKnown: LocalNode | undefined;
  private readonly probes = new Map<LocalNode, Probe>();
  private running = true;
  private readonly done: Promise<void>;

  constructor(
    private readonly ground: Ground,
    private readonly ledger: Ledger,
    private readonly stalls: StallMeter,
  ) {
    this.done = this.watch();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
    for (const probe of this.probes.values()) probe.drop();
  }

  private async watch(): Promise<void> {
    while (this.running) {
      const node = await this.usable();
      if (!node) this.reachable = undefined;
      else if (this.reachable?.node !== node) this.reachable = { node, sinceMs: performance.now(), used: false };
      this.check();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  private check(): void {
    const { reachable } = this;
    if (!reachable || reachable.used) return;
    const nowMs = performance.now();
    const usedAtMs = this.ledger.firstAcknowledgedAfter(reachable.sinceMs);
    const untilMs = usedAtMs ?? nowMs;
    const tookMs = untilMs - reachable.sinceMs - this.stalls.stalledMs(reachable.sinceMs, untilMs);
    if (usedAtMs === undefined && tookMs < BACK_WITHIN_MS) return;
    reachable.used = true;
    this.longestRecoveryMs = Math.max(this.longestRecoveryMs, tookMs);
    if (tookMs < BACK_WITHIN_MS) return;
    const state = JSON.stringify(this.ground.caches.topology()?.state);
    this.violations.push(`dead client: ${reachable.node.name} took writes for ${Math.round(tookMs)} ms, none of ours; ${state}`);
  }

  /** The node that most sentinels name, or without any sentinel the last one so named, if it is a primary that takes a write. */
  private async usable(): Promise<LocalNode | undefined> {
    const named = await this.named();
    const node = named === 'nobody to ask' ? this.lastKnown : named;
    if (!node || !isReachable(node)) return undefined;
    this.lastKnown = node;
    try {
      const [role] = (await this.ask(node, 'ROLE')) as [string];
      if (role !== 'master') return undefined;
      await this.ask(node, 'SET', 'witness', 1);
      return node;
    } catch {
      return undefined;
    }
  }

  private async named(): Promise<LocalNode | undefined | 'nobody to ask'> {
    const { topology } = this.ground;
    const asked = topology.sentinels.filter(isReachable).map((sentinel) =>
      this.ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME).then(
        (reply) => Number((reply as string[])[1]),
        () => undefined,
      ),
    );
    const ports = (await Promise.all(asked)).filter((port) => port !== undefined);
    if (ports.length === 0) return 'nobody to ask';
    const elected = ports.find((port) => ports.filter((other) => other === port).length * 2 > ports.length);
    return topology.nodes.find(({ port }) => port === elected);
  }

  private ask(node: LocalNode, name: string, ...args: (string | number)[]): Promise<unknown> {
    let probe = this.probes.get(node);
    if (!probe) this.probes.set(node, (probe = new Probe(node)));
    return probe.ask(name, ...args);
  }
}
