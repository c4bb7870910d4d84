import { isTagName } from '../../keys/tag-names.js';
import type { ChangeFeed, ChangeLink, ChangeListener } from '../../connection/contract/change-feed.js';

/**
 * How long ago, in milliseconds, a link may have shown at last that it had told everything. Beyond that
 * nothing is served. An entry is at most this much older than what Redis has.
 */
export const MOST_UNTOLD_MS = 1200;
/** How many fills may be under way. */
const MOST_FILLS = 1000;

/** An entry, and what it is good for. */
export interface NearEntry<Content> {
  readonly content: Content;
  /** The link that tells when it changes. */
  readonly link: ChangeLink;
  /** When it is too old, on the clock of the tier. */
  readonly untilMs: number;
}

/** A read whose answer may be kept. */
export interface Fill {
  readonly key: string;
  readonly link: ChangeLink;
  /** When the read began, on the clock of the tier. */
  readonly atMs: number;
}

/** Where entries are; bounded by whoever makes it. A Map will do. */
export interface NearStore<Content> {
  get(key: string): NearEntry<Content> | undefined;
  set(key: string, entry: NearEntry<Content>): unknown;
  delete(key: string): boolean;
  clear(): void;
}

/** The parts of a tier. */
export interface NearTierParts<Content> {
  readonly store: NearStore<Content>;
  /** Starts to follow changes. Called once, by the constructor. */
  readonly follow: (listener: ChangeListener) => ChangeFeed;
  /** Longest time that an entry is kept, in milliseconds. */
  readonly maxAgeMs: number;
  /** The clock of the links: that of `performance.now()`. */
  readonly now: () => number;
}

/**
 * Decides what may be kept of what was read, and what may be served of it. Pure: the clock, the store and the
 * links are its parts.
 *
 * - Nothing is kept or served without a link that is current: it stands, and reads go to its primary.
 * - Nothing is served while the link has not shown for 1.2 seconds that it told everything.
 * - All is dropped when a link is armed or lost, and when Redis says that anything may have changed.
 * - What was read is kept only if the key did not change since the read began, the link is the same, and this
 *   process wrote nothing to the key.
 * - A write drops the key when it is handed over, and again when it has ended.
 * - An entry is kept for `maxAgeMs` or for its life in Redis, whichever is shorter, from the time the read
 *   began.
 */
export class NearTier<Content> implements ChangeListener {
  private readonly store: NearStore<Content>;
  private readonly feed: ChangeFeed;
  private readonly fills = new Map<string, Fill>();
  private readonly maxAgeMs: number;
  private readonly now: () => number;
  private readonly counts = { hits: 0, fills: 0, invalidations: 0, flushes: 0 };

  constructor({ store, follow, maxAgeMs, now }: NearTierParts<Content>) {
    this.store = store;
    this.maxAgeMs = maxAgeMs;
    this.now = now;
    this.feed = follow(this);
  }

  /** Returns an entry that may be served now. */
  find(key: string): NearEntry<Content> | undefined {
    const entry = this.store.get(key);
    if (entry === undefined) return undefined;
    const nowMs = this.now();
    if (this.mayServe(entry, nowMs)) {
      this.counts.hits += 1;
      return entry;
    }
    if (nowMs >= entry.untilMs) this.store.delete(key);
    return undefined;
  }

  /**
   * A read of this key from the primary begins now. Undefined: its answer can't be kept, or another read is
   * under way whose answer will be.
   */
  begin(key: string): Fill | undefined {
    if (this.fills.size >= MOST_FILLS || this.fills.has(key)) return undefined;
    const link = this.feed.linkOf(key);
    const atMs = this.now();
    if (!link || !isFresh(link, atMs)) return undefined;
    const fill = { key, link, atMs };
    this.fills.set(key, fill);
    return fill;
  }

  /** The read is over. Returns whether what it brought was kept. `lifeMs`: what is left of its life. */
  end(fill: Fill, content: Content, lifeMs: number): boolean {
    const mayKeep = this.mayKeep(fill);
    this.abandon(fill);
    if (!mayKeep) return false;
    const untilMs = fill.atMs + Math.min(this.maxAgeMs, lifeMs);
    this.store.set(fill.key, { content, link: fill.link, untilMs });
    this.counts.fills += 1;
    return true;
  }

  /** The read brought nothing to keep. */
  abandon(fill: Fill): void {
    if (this.fills.get(fill.key) === fill) this.fills.delete(fill.key);
  }

  /** Keeps other content for an entry that is there; where it was dropped meanwhile, nothing. */
  replace(key: string, entry: NearEntry<Content>, content: Content): void {
    if (this.store.get(key) === entry) this.store.set(key, { ...entry, content });
  }

  /** This process is about to write the key, or has just done so. */
  wrote(key: string): void {
    this.fills.delete(key);
    this.store.delete(key);
  }

  /** This process is about to write any keys, or has just done so. */
  wroteAny(): void {
    this.fills.clear();
    this.store.clear();
  }

  onChange(key: string): void {
    // Which entries stand on a tag is known to Redis alone.
    if (isTagName(key)) return this.onAnyChange();
    this.fills.delete(key);
    if (this.store.delete(key)) this.counts.invalidations += 1;
  }

  onAnyChange(): void {
    this.fills.clear();
    this.store.clear();
    this.counts.flushes += 1;
  }

  /** What was counted so far. */
  counted(): Readonly<typeof this.counts> {
    return this.counts;
  }

  protected mayServe({ link, untilMs }: NearEntry<Content>, nowMs: number): boolean {
    return nowMs < untilMs && link.isCurrent && isFresh(link, nowMs);
  }

  protected mayKeep(fill: Fill): boolean {
    return this.fills.get(fill.key) === fill && this.feed.linkOf(fill.key) === fill.link;
  }
}

function isFresh(link: ChangeLink, nowMs: number): boolean {
  return nowMs - link.toldUntilMs <= MOST_UNTOLD_MS;
}
