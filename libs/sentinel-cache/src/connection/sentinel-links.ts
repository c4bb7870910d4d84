import { addressText } from './node-address.js';
import { SentinelLink, type SentinelLinkListener, type SentinelLinkSetup } from './sentinel-link.js';
import type { ListedSentinel } from './sentinel-reply.js';
import { FORGOTTEN_AFTER_MS, isStranger, planSentinels, votingSentinels } from './sentinel-roster.js';

/** How often each sentinel is asked which others there are. */
const DISCOVER_MS = 10_000;

/** The links to the sentinels of one master: those of the settings first, then those that they name. */
export class SentinelLinks {
  private links: readonly SentinelLink[];
  private readonly strangers = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  /** Holds credentials: private to the language, so that no log of an object shows them. */
  readonly #setup: SentinelLinkSetup;

  constructor(
    setup: SentinelLinkSetup,
    private readonly listener: SentinelLinkListener,
  ) {
    this.#setup = setup;
    this.links = setup.config.sentinels.map((address) => new SentinelLink(address, setup, listener));
  }

  /** Those of the settings, and the discovered ones. */
  all(): readonly SentinelLink[] {
    return this.links;
  }

  /** Those whose answers count, each sentinel once. */
  voting(): readonly SentinelLink[] {
    return votingSentinels(this.links);
  }

  start(): void {
    for (const link of this.links) link.start();
    this.planDiscovery();
  }

  /** Tries at once to reach those that can't be reached. */
  hurry(): void {
    for (const link of this.links) link.start();
  }

  /** A link that has just been opened knows best; a stranger that has just answered goes at once. */
  async onOpened(link: SentinelLink): Promise<void> {
    this.revise([]);
    if (this.voting().includes(link) && link.answer.kind === 'address') this.revise((await link.sentinels()) ?? []);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const link of this.links) link.close();
  }

  private planDiscovery(): void {
    if (!this.closed) this.timer = setTimeout(() => void this.discover(), DISCOVER_MS);
  }

  private async discover(): Promise<void> {
    const voting = this.voting().filter(({ answer }) => answer.kind === 'address');
    const listed = await Promise.all(voting.map((link) => link.sentinels()));
    this.revise(listed.flatMap((entries) => entries ?? []));
    this.planDiscovery();
  }

  private revise(listed: readonly ListedSentinel[]): void {
    if (this.closed) return;
    const nowMs = performance.now();
    for (const [text, atMs] of this.strangers) if (nowMs - atMs >= FORGOTTEN_AFTER_MS) this.strangers.delete(text);
    const plan = planSentinels({ watched: this.links, listed, strangers: this.strangers, nowMs });
    for (const link of plan.seen) link.seenAtMs = nowMs;
    for (const link of plan.close) {
      if (isStranger(link)) this.strangers.set(addressText(link.address), nowMs);
      link.close();
    }
    const opened = plan.open.map((entry) => new SentinelLink(entry.address, this.#setup, this.listener, entry));
    this.links = [...this.links.filter((link) => !plan.close.includes(link)), ...opened];
    for (const link of opened) link.start();
  }
}
