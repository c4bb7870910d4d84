import type { ChangeFeed, ChangeLink, ChangeListener } from '../../connection/contract/change-feed.js';
import { entryOfName } from '../../keys/tag-names.js';
import { NearTags, type NearTag } from './near-tags.js';

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
  /** What it stands on beside its key. */
  readonly tags: readonly NearTag[];
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

/** What a read has found. */
export interface Filled<Content> {
  readonly content: Content;
  /** What is left of its life, in milliseconds. */
  readonly lifeMs: number;
  /** The stored names of the generations of its tags. Omitted: it has none. */
  readonly generations?: readonly string[];
}

/**
 * Where entries are; bounded by its maker. Releases the tags of each entry that goes. A Map will do where
 * there are no tags.
 */
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
  /** What the names of generations begin with: entries have them with tags, pages always. */
  readonly generationPrefix: string;
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
 * - An entry with tags stands on their generations as on its own key: on their links, and until one of them
 *   changes. What was read is not kept when any generation changed since the read began.
 * - An entry is kept for `maxAgeMs` or for its life in Redis, whichever is shorter, from the time the read
 *   began.
 */
export class NearTier<Content> implements ChangeListener {
  private readonly store: NearStore<Content>;
  private readonly feed: ChangeFeed;
  private readonly fills = new Map<string, Fill>();
  private readonly tags = new NearTags();
  private readonly generationPrefix: string;
  private readonly maxAgeMs: number;
  private readonly now: () => number;
  private readonly counts = { hits: 0, fills: 0, invalidations: 0, flushes: 0 };

  constructor({ store, follow, generationPrefix, maxAgeMs, now }: NearTierParts<Content>) {
    this.store = store;
    this.generationPrefix = generationPrefix;
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
    if (nowMs >= entry.untilMs || entry.tags.some(({ isOver }) => isOver)) this.store.delete(key);
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

  /** The read is over. Returns whether what it brought was kept. */
  end(fill: Fill, { content, lifeMs, generations = [] }: Filled<Content>): boolean {
    const tags = this.mayKeep(fill) ? this.tagsOf(generations) : undefined;
    this.abandon(fill);
    if (!tags) return false;
    const untilMs = fill.atMs + Math.min(this.maxAgeMs, lifeMs);
    this.keep(fill.key, { content, link: fill.link, tags, untilMs });
    this.counts.fills += 1;
    return true;
  }

  /** The read brought nothing to keep. */
  abandon(fill: Fill): void {
    if (this.fills.get(fill.key) === fill) this.fills.delete(fill.key);
  }

  /** Keeps other content for an entry that is there; where it was dropped meanwhile, nothing. */
  replace(key: string, entry: NearEntry<Content>, content: Content): void {
    if (this.store.get(key) === entry) this.keep(key, { ...entry, content });
  }

  /** This process is about to write under this name, or has just done so. */
  wrote(name: string): void {
    this.drop(name);
  }

  /** This process is about to write any keys, or has just done so. */
  wroteAny(): void {
    this.fills.clear();
    this.store.clear();
  }

  onChange(name: string): void {
    if (this.drop(name)) this.counts.invalidations += 1;
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

  protected mayServe({ link, tags, untilMs }: NearEntry<Content>, nowMs: number): boolean {
    if (nowMs >= untilMs || !isGood(link, nowMs)) return false;
    for (const tag of tags) if (tag.isOver || (tag.link !== link && !isGood(tag.link, nowMs))) return false;
    return true;
  }

  protected mayKeep(fill: Fill): boolean {
    return this.fills.get(fill.key) === fill && this.feed.linkOf(fill.key) === fill.link;
  }

  /**
   * Undefined: nobody tells of one of them. A link that is there has been there since the read began, or all
   * fills were dropped when it was armed.
   */
  private tagsOf(generations: readonly string[]): readonly NearTag[] | undefined {
    const links = generations.map((name) => this.feed.linkOf(name));
    return links.every((link) => link !== undefined) ? generations.map((name, i) => this.tags.of(name, links[i]!)) : undefined;
  }

  private keep(key: string, entry: NearEntry<Content>): void {
    for (const tag of entry.tags) tag.hold();
    this.store.set(key, entry);
    // It may be too large for the store.
    if (entry.tags.length > 0 && this.store.get(key) !== entry) for (const tag of entry.tags) tag.release();
  }

  /** Drops what stands on this name: an entry, or what has this tag. Returns whether there was something. */
  private drop(name: string): boolean {
    if (name.startsWith(this.generationPrefix)) {
      this.fills.clear();
      const isTag = this.tags.end(name);
      return this.store.delete(name) || isTag;
    }
    const isThere = this.dropEntry(name);
    // It may be the name of a companion; without tags an entry may be called so.
    const entry = entryOfName(name);
    return (entry !== name && this.dropEntry(entry)) || isThere;
  }

  private dropEntry(key: string): boolean {
    this.fills.delete(key);
    return this.store.delete(key);
  }
}

function isGood(link: ChangeLink, nowMs: number): boolean {
  return link.isCurrent && isFresh(link, nowMs);
}

function isFresh(link: ChangeLink, nowMs: number): boolean {
  return nowMs - link.toldUntilMs <= MOST_UNTOLD_MS;
}
