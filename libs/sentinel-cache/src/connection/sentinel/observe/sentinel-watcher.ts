import {
  addAnnouncement,
  addFormer,
  confirmMoves,
  disproveMoves,
  type AnnouncedMove,
  type FormerPrimary,
} from './announcements.js';
import { Backoff } from '../../wire/backoff.js';
import type { HostResolver } from '../../wire/host-resolver.js';
import { isKnownNode, knownReplicas, namedByMost } from '../decide/location-majority.js';
import { addressText, sameAddress } from '../../contract/node-address.js';
import { StallTolerantTimer } from '../../../time/stall-tolerant-timer.js';
import type { Announcement, ListedReplica, SentinelReport } from '../decide/failover-facts.js';
import type { SentinelLink } from './sentinel-link.js';
import { SentinelLinks } from './sentinel-links.js';
import type { ClientEvent, SentinelNewsItem } from '../../contract/client-event.js';
import type { SentinelTopologyConfig, TcpAddress } from '../../../settings/shapes/resolved-connection.js';

/** A sentinel that comes and goes gets a line in the log this often. */
const REPORT_AGAIN_MS = 10_000;
/** How often all sentinels are asked while there is a connection to the primary. */
const POLL_MS = 1000;
/**
 * Longest pause before a sentinel that can't be reached is tried again: without and with a connection to the
 * primary.
 */
const LONGEST_PAUSE_MS = { urgent: 300, otherwise: 1000 };

/**
 * Watches all sentinels of one master: receives their announcements and asks them once a second, several
 * times a second while there is no connection to the primary. All are asked at once, so that a hung one
 * delays none.
 */
export class SentinelWatcher {
  private readonly links: SentinelLinks;
  /** Links that have answered on their present connection. */
  private readonly answered = new WeakSet<SentinelLink>();
  private moves: readonly AnnouncedMove[] = [];
  /** The primary that most of LOCATION's sentinels named last, and those before it. */
  private primary: TcpAddress | undefined;
  private former: readonly FormerPrimary[] = [];
  /** While it runs, sentinels that are being asked may still be waited for. */
  private readonly waiting: StallTolerantTimer;
  private readonly minOtherSentinels: number;
  private pollTimer: NodeJS.Timeout | undefined;
  private urgent = false;
  private closed = false;
  private readonly urgency = new Backoff(50, 250);
  /** Links whose loss was reported. */
  private readonly lost = new WeakSet<SentinelLink>();
  private readonly reportedAtMs = new WeakMap<SentinelLink, number>();

  constructor(
    setup: { readonly config: SentinelTopologyConfig; readonly hosts: HostResolver; readonly callDeadlineMs: number },
    private readonly onNews: () => void,
    private readonly emit: (event: ClientEvent) => void,
  ) {
    const listener = {
      onAnswer: (link: SentinelLink): void => this.onAnswer(link),
      onSwitch: (link: SentinelLink, from: TcpAddress, to: TcpAddress): void => this.onSwitch(link, from, to),
      onFact: (link: SentinelLink, fact: SentinelNewsItem): void => this.onFact(link, fact),
    };
    const longestPauseMs = (): number => (this.urgent ? LONGEST_PAUSE_MS.urgent : LONGEST_PAUSE_MS.otherwise);
    this.links = new SentinelLinks({ ...setup, longestPauseMs }, listener);
    this.minOtherSentinels = setup.config.minOtherSentinels;
    // The rest of a call's time is for the connection to the primary.
    this.waiting = new StallTolerantTimer(Math.min(setup.config.sentinelDeadlineMs, setup.callDeadlineMs / 2), onNews);
  }

  start(): void {
    this.waiting.start();
    this.links.start();
    this.planPoll();
  }

  /** The sentinels whose answers count: those of LOCATION in their order, then the discovered ones. */
  reports(): readonly SentinelReport[] {
    return this.links.trusted().map(({ listedAs, answer, sinceMs, listing }) => ({
      inLocation: !listedAs,
      answer,
      sinceMs,
      replicas: listing.replicas.map(({ address }) => address),
    }));
  }

  /** Announcements that were not disproved, oldest first. */
  announcements(): readonly Announcement[] {
    const moves = this.moves.filter(({ outcome }) => outcome !== 'disproved');
    return moves.map(({ from, to, atMs, outcome }) => ({ from, to, atMs, isConfirmed: outcome === 'confirmed' }));
  }

  /** Whether sentinels that are being asked may still be waited for. */
  mayWait(): boolean {
    return this.waiting.isRunning;
  }

  /** Whether most of LOCATION's sentinels have listed this node. */
  knows(address: TcpAddress): boolean {
    return isKnownNode(address, this.reports());
  }

  /** Drops the announcements of a node that could not prove itself. */
  disprove(address: TcpAddress): void {
    this.moves = disproveMoves(this.moves, address);
  }

  /** While true, it asks several times a second. */
  setUrgent(urgent: boolean): void {
    if (this.urgent === urgent || this.closed) return;
    this.urgent = urgent;
    this.urgency.reset();
    if (urgent) {
      this.retryUnreached();
      this.poll();
    } else this.planPoll();
  }

  /** Resolves to the replicas that most of LOCATION's sentinels list. Never rejects. */
  async replicas(): Promise<readonly ListedReplica[]> {
    const location = this.links.trusted().filter(({ listedAs }) => !listedAs);
    const listings = location.map(async (link) => {
      const fresh = await link.list(false);
      return { inLocation: true, fresh, replicas: link.listing.replicas };
    });
    return knownReplicas(await Promise.all(listings));
  }

  /** The links whose answers count. */
  sentinels(): readonly SentinelLink[] {
    return this.links.trusted();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.pollTimer);
    this.waiting.stop();
    this.links.close();
  }

  private planPoll(): void {
    clearTimeout(this.pollTimer);
    if (this.closed) return;
    this.pollTimer = setTimeout(() => this.poll(), this.urgent ? this.urgency.nextMs() : POLL_MS);
  }

  /** The first sentinel that answers after a silence must not be the only one to be asked. */
  private retryUnreached(): void {
    this.waiting.start();
    this.links.retryNow();
  }

  /** Waits for no answer: a sentinel that hangs must not delay the question to the others. */
  private poll(): void {
    for (const link of this.links.all()) void link.ask();
    this.planPoll();
  }

  private onAnswer(link: SentinelLink): void {
    if (this.closed) return;
    const silent = link.answer.kind === 'silent';
    if (silent) this.answered.delete(link);
    else if (!this.answered.has(link)) void this.onFirstAnswer(link);
    this.moves = confirmMoves(this.moves, this.updatePrimary());
    if (silent && !this.lost.has(link)) this.reportLost(link);
    if (!silent && this.lost.delete(link))
      this.emit({
        kind: 'sentinel-back',
        level: 'info',
        message: `${link.label} answers again.`,
        sentinel: addressText(link.address),
      });
    this.onNews();
  }

  /** The first answer of a new connection. */
  private async onFirstAnswer(link: SentinelLink): Promise<void> {
    this.answered.add(link);
    if (this.urgent && !this.waiting.isRunning) this.retryUnreached();
    await this.links.onOpened(link);
    this.onNews();
  }

  private reportLost(link: SentinelLink): void {
    const nowMs = performance.now();
    // A discovered sentinel that never answered is not reported as lost: it may be out of reach for good.
    if (link.answer.kind !== 'silent' || (link.listedAs && !link.answer.last)) return;
    if (nowMs - (this.reportedAtMs.get(link) ?? -Infinity) < REPORT_AGAIN_MS) return;
    this.reportedAtMs.set(link, nowMs);
    this.lost.add(link);
    const { message, reason } = link.answer.diagnosis;
    this.emit({ kind: 'sentinel-lost', level: 'warn', message, reason, sentinel: addressText(link.address) });
  }

  /** Remembers the primary that most of LOCATION's sentinels name now, and those before it; returns it. */
  private updatePrimary(): TcpAddress | undefined {
    const primary = namedByMost(this.reports(), this.minOtherSentinels);
    if (!primary) return undefined;
    if (this.primary && !sameAddress(primary, this.primary))
      this.former = addFormer(this.former, this.primary, performance.now());
    this.primary = primary;
    return primary;
  }

  private onFact(link: SentinelLink, fact: SentinelNewsItem): void {
    if (this.closed || !this.links.trusted().includes(link)) return;
    this.emit({ kind: 'sentinel-said', fact, sentinel: addressText(link.address) });
    if (fact.type === 'replica-added' || fact.type === 'sentinel-added') this.links.discoverSoon();
  }

  private onSwitch(link: SentinelLink, from: TcpAddress, to: TcpAddress): void {
    if (this.closed || !this.links.trusted().includes(link)) return;
    const before = this.primary;
    const primary = this.updatePrimary();
    const announcement = { from, to, by: addressText(link.address), atMs: performance.now() };
    this.moves = confirmMoves(addAnnouncement(this.moves, announcement, before, this.former), primary);
    this.links.discoverSoon();
    this.onNews();
  }
}
