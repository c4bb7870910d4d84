import { addressText } from '../../contract/node-address.js';
import { SentinelLink, type SentinelLinkListener, type SentinelLinkSetup } from './sentinel-link.js';
import { FORGOTTEN_AFTER_MS, isUnrelated, planSentinels, trustedSentinels } from './sentinel-roster.js';

/** How often each sentinel is asked for the replicas and the other sentinels. */
const DISCOVER_MS = 10_000;
/** How soon they are asked after a change; not at each announcement of one that talks much. */
const DISCOVER_SOON_MS = 1000;

/** The links to the sentinels of one master: those of the settings first, then the discovered ones. */
export class SentinelLinks {
  private links: readonly SentinelLink[];
  private readonly unrelated = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private soon = false;
  private closed = false;
  readonly #setup: SentinelLinkSetup;

  constructor(
    setup: SentinelLinkSetup,
    private readonly listener: SentinelLinkListener,
  ) {
    this.#setup = setup;
    this.links = setup.config.sentinels.map((address) => new SentinelLink(address, setup, listener));
  }

  all(): readonly SentinelLink[] {
    return this.links;
  }

  /** The links whose answers count, each sentinel once. */
  trusted(): readonly SentinelLink[] {
    return trustedSentinels(this.links, performance.now());
  }

  start(): void {
    for (const link of this.links) link.start();
    this.planDiscovery();
  }

  /** Tries the sentinels that can't be reached at once. Those of LOCATION count as being asked meanwhile. */
  retryNow(): void {
    for (const link of this.links)
      if (link.listedAs) link.start();
      else link.retry();
  }

  /**
   * A link that was just opened has the newest list; an unrelated sentinel that just answered is closed at
   * once.
   */
  async onOpened(link: SentinelLink): Promise<void> {
    this.revise();
    if (!this.trusted().includes(link) || link.answer.kind !== 'address') return;
    await link.list(true);
    this.revise();
  }

  /** Something has changed: asks all in a second, however often this is called. */
  discoverSoon(): void {
    if (this.soon || this.closed) return;
    this.soon = true;
    this.planDiscovery(DISCOVER_SOON_MS);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const link of this.links) link.close();
  }

  private planDiscovery(inMs = DISCOVER_MS): void {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => void this.discover(), inMs);
  }

  private async discover(): Promise<void> {
    this.soon = false;
    await Promise.all(this.links.filter(({ answer }) => answer.kind === 'address').map((link) => link.list(true)));
    this.revise();
    if (!this.soon) this.planDiscovery();
  }

  private revise(): void {
    if (this.closed) return;
    const nowMs = performance.now();
    for (const [text, atMs] of this.unrelated) if (nowMs - atMs >= FORGOTTEN_AFTER_MS) this.unrelated.delete(text);
    const plan = planSentinels({ watched: this.links, unrelated: this.unrelated, nowMs });
    for (const link of plan.seen) link.seenAtMs = nowMs;
    for (const link of plan.close) {
      if (isUnrelated(link)) this.unrelated.set(addressText(link.address), nowMs);
      link.close();
    }
    const opened = plan.open.map((entry) => new SentinelLink(entry.address, this.#setup, this.listener, entry));
    this.links = [...this.links.filter((link) => !plan.close.includes(link)), ...opened];
    for (const link of opened) link.start();
  }
}
