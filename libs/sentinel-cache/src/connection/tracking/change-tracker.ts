import type { ClientEvent } from '../contract/client-event.js';
import type { ChangeFeed, ChangeListener } from '../contract/change-feed.js';
import { Backoff } from '../wire/backoff.js';
import type { NodeConnection, NodeConnectionSetup } from '../wire/node-connection.js';
import { mergePrefixes } from './merge-prefixes.js';
import { TrackingLink, TrackingRefusedError } from './tracking-link.js';

/** How often the link is asked for a sign of life, and the connection in use is looked at. */
const BEAT_MS = 300;
/** A link that was lost sooner than this is not opened again at once. */
const SHORT_LIVED_MS = 1000;
/** After this many failures in a row the log gets a line. */
const WARN_AFTER = 5;

interface Follower {
  readonly prefixes: readonly string[];
  readonly listener: ChangeListener;
}

/**
 * Keeps one link armed on the primary that reads go to at the moment, and passes on what it tells. While
 * there is none, or reads go elsewhere, `linkOf` returns undefined.
 */
export class ChangeTracker implements ChangeFeed {
  readonly #setup: NodeConnectionSetup;
  private readonly followers: Follower[] = [];
  private link: TrackingLink | undefined;
  private attempt: { readonly primary: NodeConnection; readonly controller: AbortController } | undefined;
  private refusedOn: NodeConnection | undefined;
  private timer: NodeJS.Timeout | undefined;
  private retryTimer: NodeJS.Timeout | undefined;
  private readonly backoff = new Backoff(25, 2000);
  private failures = 0;
  private isRefusalTold = false;
  private closed = false;

  constructor(
    setup: NodeConnectionSetup,
    /** The connection that reads go to at this moment. */
    private readonly inUse: () => NodeConnection | undefined,
    private readonly emit: (event: ClientEvent) => void,
  ) {
    this.#setup = setup;
  }

  /** Tells this listener of changes of keys that begin so. The link is armed anew where it has to be. */
  follow(prefixes: readonly string[], listener: ChangeListener): void {
    const before = this.prefixes().join('\0');
    this.followers.push({ prefixes, listener });
    if (this.link && before !== this.prefixes().join('\0')) this.link.close();
  }

  /** Starts to look for the connection in use. */
  start(): void {
    if (this.closed || this.timer) return;
    this.timer = setInterval(() => this.onBeat(), BEAT_MS);
  }

  /** JSON of what holds a tracker leaves it out: it and those who follow it are a circle. */
  toJSON(): undefined {
    return undefined;
  }

  /** As `ChangeFeed.linkOf`; one link tells of all keys. Where it is not current, looks for another. */
  linkOf(): TrackingLink | undefined {
    const { link } = this;
    if (link?.isCurrent) return link;
    this.look();
    return undefined;
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.retryTimer);
    this.attempt?.controller.abort();
    this.link?.close();
  }

  private prefixes(): string[] {
    return mergePrefixes(this.followers.flatMap(({ prefixes }) => prefixes));
  }

  private onBeat(): void {
    this.look();
    this.link?.beat();
  }

  /** Arms a link where there is a connection in use without one. */
  private look(): void {
    const primary = this.inUse();
    if (this.closed || !primary || this.link?.primary === primary) return;
    this.link?.close();
    if (this.attempt?.primary === primary || this.refusedOn === primary || this.retryTimer) return;
    this.attempt?.controller.abort();
    this.arm(primary);
  }

  private arm(primary: NodeConnection): void {
    const attempt = { primary, controller: new AbortController() };
    this.attempt = attempt;
    const plan = { setup: this.#setup, primary, prefixes: this.prefixes(), signal: attempt.controller.signal };
    const listener = {
      onInvalidate: (keys: readonly unknown[] | null) => this.onInvalidate(keys),
      onLost: (link: TrackingLink) => this.onLost(link),
      inUse: this.inUse,
    };
    TrackingLink.open(plan, listener).then(
      (link) => this.onArmed(link, attempt),
      (error: unknown) => this.onFailed(attempt, error),
    );
  }

  private onArmed(link: TrackingLink, attempt: unknown): void {
    if (this.attempt !== attempt || this.closed) return link.close();
    this.attempt = undefined;
    if (!link.isOpen) return this.retryLater();
    this.failures = 0;
    this.isRefusalTold = false;
    this.link = link;
    this.tellAnyChange();
  }

  private onFailed(attempt: { readonly primary: NodeConnection }, error: unknown): void {
    if (this.attempt !== attempt || this.closed) return;
    this.attempt = undefined;
    if (error instanceof TrackingRefusedError) return this.onRefused(attempt.primary, error);
    this.failures += 1;
    if (this.failures === WARN_AFTER) this.warn(`${(error as Error).message} It is tried again.`);
    this.retryLater();
  }

  private onRefused(primary: NodeConnection, { message }: Error): void {
    this.refusedOn = primary;
    if (this.isRefusalTold) return;
    this.isRefusalTold = true;
    this.warn(`${message} Allow this user +client|tracking, or remove nearCache.`);
  }

  private warn(why: string): void {
    this.emit({ kind: 'warning', level: 'warn', message: `OPTIONS.nearCache is off: ${why}` });
  }

  private onLost(link: TrackingLink): void {
    if (this.link !== link) return;
    this.link = undefined;
    this.tellAnyChange();
    if (this.closed) return;
    // One that is cut again and again must not be a storm.
    if (performance.now() - link.armedAtMs < SHORT_LIVED_MS) return this.retryLater();
    this.backoff.reset();
    this.look();
  }

  private retryLater(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => {
      this.retryTimer = undefined;
      this.look();
    }, this.backoff.nextMs());
  }

  private onInvalidate(keys: readonly unknown[] | null): void {
    if (keys === null) return this.tellAnyChange();
    for (const key of keys) {
      if (typeof key !== 'string') continue;
      for (const { prefixes, listener } of this.followers)
        if (prefixes.some((prefix) => key.startsWith(prefix))) listener.onChange(key);
    }
  }

  private tellAnyChange(): void {
    for (const { listener } of this.followers) listener.onAnyChange();
  }
}
