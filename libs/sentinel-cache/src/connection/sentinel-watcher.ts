import type { SentinelTopologyConfig } from '../settings/resolved-settings.js';
import { Backoff } from './backoff.js';
import { sameAddress } from './node-address.js';
import type { ClientEvent } from './redis-client.js';
import type { Announcement, SentinelAnswer, TcpAddress } from './sentinel-facts.js';
import { SentinelLink } from './sentinel-link.js';
import type { ListedReplica } from './sentinel-reply.js';

/** A sentinel that comes and goes is worth a line this often. */
const TELL_AGAIN_MS = 10_000;
/** How often all sentinels are asked while everything is fine. */
const AUDIT_MS = 1000;

/**
 * Watches all sentinels of one master: their announcements as they come, their answers once a second, several times a second while
 * there is no connection to the primary. All are asked at once, so that a hung one costs nothing (fault 11, 18).
 */
export class SentinelWatcher {
  private readonly links: readonly SentinelLink[];
  private latest: Announcement | undefined;
  private auditTimer: NodeJS.Timeout | undefined;
  private urgent = false;
  private closed = false;
  private readonly urgency = new Backoff(50, 250);
  /** Those whose loss has been told. */
  private readonly lost = new Set<SentinelLink>();
  private readonly toldAtMs = new Map<SentinelLink, number>();

  constructor(
    config: SentinelTopologyConfig,
    private readonly onNews: () => void,
    private readonly tell: (event: ClientEvent) => void,
  ) {
    const listener = {
      onAnswer: (link: SentinelLink): void => this.onAnswer(link),
      onSwitch: (from: TcpAddress, to: TcpAddress): void => this.onSwitch(from, to),
    };
    this.links = config.sentinels.map((address) => new SentinelLink(address, config, listener));
  }

  start(): void {
    for (const link of this.links) link.start();
    this.planAudit();
  }

  /** What each sentinel says now, in the order of the settings. */
  answers(): readonly SentinelAnswer[] {
    return this.links.map((link) => link.answer);
  }

  announcement(): Announcement | undefined {
    return this.latest;
  }

  /** Forgets an announcement of that address. */
  disprove(address: TcpAddress): void {
    if (sameAddress(this.latest?.to, address)) this.latest = undefined;
  }

  setUrgent(urgent: boolean): void {
    if (this.urgent === urgent || this.closed) return;
    this.urgent = urgent;
    this.urgency.reset();
    if (urgent) void this.audit();
    else this.planAudit();
  }

  /** The replicas by the first sentinel that can say. */
  async replicas(): Promise<readonly ListedReplica[]> {
    for (const link of this.links) {
      const listed = await link.replicas();
      if (listed) return listed;
    }
    return [];
  }

  sentinels(): readonly SentinelLink[] {
    return this.links;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.auditTimer);
    for (const link of this.links) link.close();
  }

  private planAudit(): void {
    clearTimeout(this.auditTimer);
    if (this.closed) return;
    this.auditTimer = setTimeout(() => void this.audit(), this.urgent ? this.urgency.nextMs() : AUDIT_MS);
  }

  private async audit(): Promise<void> {
    clearTimeout(this.auditTimer);
    await Promise.all(this.links.map((link) => link.ask()));
    this.planAudit();
  }

  private onAnswer(link: SentinelLink): void {
    if (this.closed) return;
    const silent = link.answer.kind === 'silent';
    if (silent && !this.lost.has(link)) this.tellLost(link);
    if (!silent && this.lost.delete(link))
      this.tell({ kind: 'sentinel-back', level: 'info', message: `${link.who} answers again.` });
    this.onNews();
  }

  private tellLost(link: SentinelLink): void {
    const nowMs = performance.now();
    if (nowMs - (this.toldAtMs.get(link) ?? -Infinity) < TELL_AGAIN_MS) return;
    this.toldAtMs.set(link, nowMs);
    this.lost.add(link);
    if (link.answer.kind === 'silent') this.tell({ kind: 'sentinel-lost', level: 'warn', message: link.answer.trouble.message });
  }

  private onSwitch(from: TcpAddress, to: TcpAddress): void {
    if (this.closed) return;
    // The others repeat it up to a second later (fault 15): the first one counts, and the time it came.
    if (!sameAddress(this.latest?.to, to) || !sameAddress(this.latest?.from, from))
      this.latest = { from, to, atMs: performance.now() };
    this.onNews();
  }
}
