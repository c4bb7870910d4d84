import type { SentinelTopologyConfig } from '../../../settings/shapes/resolved-settings.js';
import { confirmMoves, disproveMoves, noteAnnouncement, type AnnouncedMove } from './announcements.js';
import { Backoff } from '../../wire/backoff.js';
import type { HostResolver } from '../../wire/host-resolver.js';
import { isKnownNode, knownReplicas, namedByMost } from '../decide/location-majority.js';
import { addressText, type TcpAddress } from '../../contract/node-address.js';
import { StallTolerantTimer } from '../../wire/stall-tolerant-timer.js';
import type { Announcement, ListedReplica, Voter } from '../decide/failover-facts.js';
import type { SentinelLink } from './sentinel-link.js';
import { SentinelLinks } from './sentinel-links.js';
import type { ClientEvent, SentinelNewsItem } from '../../contract/client-event.js';

/** A sentinel that comes and goes is worth a line this often. */
const TELL_AGAIN_MS = 10_000;
/** How often all sentinels are asked while everything is fine. */
const AUDIT_MS = 1000;
/** How long a sentinel that can't be reached is left alone: the primary may depend on what it says, or not. */
const PATIENCE_MS = { urgent: 300, otherwise: 1000 };

/**
 * Watches all sentinels of one master: their announcements as they come, their answers once a second, several times a second while
 * there is no connection to the primary. All are asked at once, so that a hung one costs nothing.
 */
export class SentinelWatcher {
  private readonly links: SentinelLinks;
  /** Those whose present connection has been heard. */
  private readonly heard = new WeakSet<SentinelLink>();
  private moves: readonly AnnouncedMove[] = [];
  /** While it runs, sentinels that are being asked may still be waited for. */
  private readonly waiting: StallTolerantTimer;
  private readonly minOtherSentinels: number;
  private auditTimer: NodeJS.Timeout | undefined;
  private urgent = false;
  private closed = false;
  private readonly urgency = new Backoff(50, 250);
  /** Those whose loss has been told. */
  private readonly lost = new WeakSet<SentinelLink>();
  private readonly toldAtMs = new WeakMap<SentinelLink, number>();

  constructor(
    setup: { readonly config: SentinelTopologyConfig; readonly hosts: HostResolver; readonly callDeadlineMs: number },
    private readonly onNews: () => void,
    private readonly tell: (event: ClientEvent) => void,
  ) {
    const listener = {
      onAnswer: (link: SentinelLink): void => this.onAnswer(link),
      onSwitch: (link: SentinelLink, from: TcpAddress, to: TcpAddress): void => this.onSwitch(link, from, to),
      onFact: (link: SentinelLink, fact: SentinelNewsItem): void => this.onFact(link, fact),
    };
    const patienceMs = (): number => (this.urgent ? PATIENCE_MS.urgent : PATIENCE_MS.otherwise);
    this.links = new SentinelLinks({ ...setup, patienceMs }, listener);
    this.minOtherSentinels = setup.config.minOtherSentinels;
    // The rest of a call's time is for the connection to the primary.
    this.waiting = new StallTolerantTimer(Math.min(setup.config.sentinelDeadlineMs, setup.callDeadlineMs / 2), onNews);
  }

  start(): void {
    this.waiting.start();
    this.links.start();
    this.planAudit();
  }

  /** Those whose answers count: those of LOCATION in their order, then those they named. */
  voters(): readonly Voter[] {
    return this.links.voting().map(({ listedAs, answer, listing }) => ({
      inLocation: !listedAs,
      answer,
      replicas: listing.replicas.map(({ address }) => address),
    }));
  }

  /** Announcements that nobody has disproved, oldest first. */
  announcements(): readonly Announcement[] {
    return this.moves.filter(({ came }) => came !== 'to-nothing');
  }

  /** Whether sentinels that are being asked may still be waited for. */
  mayWait(): boolean {
    return this.waiting.isRunning;
  }

  /** Whether most of LOCATION's sentinels have listed this node. */
  knows(address: TcpAddress): boolean {
    return isKnownNode(address, this.voters());
  }

  /** Forgets announcements of that address. */
  disprove(address: TcpAddress): void {
    this.moves = disproveMoves(this.moves, address);
  }

  setUrgent(urgent: boolean): void {
    if (this.urgent === urgent || this.closed) return;
    this.urgent = urgent;
    this.urgency.reset();
    if (urgent) {
      this.askAnew();
      this.audit();
    } else this.planAudit();
  }

  /** The replicas that most of LOCATION's sentinels list. */
  async replicas(): Promise<readonly ListedReplica[]> {
    const location = this.links.voting().filter(({ listedAs }) => !listedAs);
    const listings = location.map(async (link) => {
      const fresh = await link.list(false);
      return { inLocation: true, fresh, replicas: link.listing.replicas };
    });
    return knownReplicas(await Promise.all(listings));
  }

  sentinels(): readonly SentinelLink[] {
    return this.links.voting();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.auditTimer);
    this.waiting.stop();
    this.links.close();
  }

  private planAudit(): void {
    clearTimeout(this.auditTimer);
    if (this.closed) return;
    this.auditTimer = setTimeout(() => this.audit(), this.urgent ? this.urgency.nextMs() : AUDIT_MS);
  }

  /** One that speaks first after a silence must not be the only one to be asked. */
  private askAnew(): void {
    this.waiting.start();
    this.links.hurry();
  }

  /** Waits for nobody: a sentinel that hangs must not keep the others from being asked. */
  private audit(): void {
    for (const link of this.links.all()) void link.ask();
    this.planAudit();
  }

  private onAnswer(link: SentinelLink): void {
    if (this.closed) return;
    const silent = link.answer.kind === 'silent';
    if (silent) this.heard.delete(link);
    else if (!this.heard.has(link)) void this.onHeard(link);
    this.moves = confirmMoves(this.moves, namedByMost(this.voters(), this.minOtherSentinels));
    if (silent && !this.lost.has(link)) this.tellLost(link);
    if (!silent && this.lost.delete(link))
      this.tell({
        kind: 'sentinel-back',
        level: 'info',
        message: `${link.who} answers again.`,
        sentinel: addressText(link.address),
      });
    this.onNews();
  }

  /** The first answer of a new connection. */
  private async onHeard(link: SentinelLink): Promise<void> {
    this.heard.add(link);
    if (this.urgent && !this.waiting.isRunning) this.askAnew();
    await this.links.onOpened(link);
    this.onNews();
  }

  private tellLost(link: SentinelLink): void {
    const nowMs = performance.now();
    // One that others named and that never answered is nobody's loss: it may be out of reach for good.
    if (link.answer.kind !== 'silent' || (link.listedAs && !link.answer.last)) return;
    if (nowMs - (this.toldAtMs.get(link) ?? -Infinity) < TELL_AGAIN_MS) return;
    this.toldAtMs.set(link, nowMs);
    this.lost.add(link);
    const { message, reason } = link.answer.diagnosis;
    this.tell({ kind: 'sentinel-lost', level: 'warn', message, reason, sentinel: addressText(link.address) });
  }

  private onFact(link: SentinelLink, fact: SentinelNewsItem): void {
    if (this.closed || !this.links.voting().includes(link)) return;
    this.tell({ kind: 'sentinel-said', fact, sentinel: addressText(link.address) });
    if (fact.type === 'replica-added' || fact.type === 'sentinel-added') this.links.discoverSoon();
  }

  private onSwitch(link: SentinelLink, from: TcpAddress, to: TcpAddress): void {
    if (this.closed || !this.links.voting().includes(link)) return;
    const primary = namedByMost(this.voters(), this.minOtherSentinels);
    const saying = { from, to, by: addressText(link.address), atMs: performance.now() };
    this.moves = confirmMoves(noteAnnouncement(this.moves, saying, primary), primary);
    this.links.discoverSoon();
    this.onNews();
  }
}
