import type { ChangeLink } from '../../connection/contract/change-feed.js';

/** A tag on which entries of the tier stand. */
export class NearTag {
  /** Whether it has changed, so that the entries that stand on it are over. */
  isOver = false;
  /** How many entries stand on it. */
  private entries = 0;

  constructor(
    /** The stored name of its generation. */
    readonly name: string,
    /** The link that tells when it changes. */
    readonly link: ChangeLink,
    private readonly tags: Map<string, NearTag>,
  ) {}

  /** One more entry stands on it. */
  hold(): void {
    this.entries += 1;
  }

  /** One of its entries is gone. A tag without entries is forgotten. */
  release(): void {
    this.entries -= 1;
    if (this.entries === 0 && this.tags.get(this.name) === this) this.tags.delete(this.name);
  }
}

/**
 * The tags of what the tier holds, each once. To end one takes one step, however many entries stand on it:
 * they find out when they are read.
 */
export class NearTags {
  private readonly tags = new Map<string, NearTag>();

  /** Number of tags that entries stand on. */
  get size(): number {
    return this.tags.size;
  }

  /** Returns the tag of this generation, as that link tells of it. */
  of(name: string, link: ChangeLink): NearTag {
    const known = this.tags.get(name);
    if (known?.link === link) return known;
    if (known) known.isOver = true;
    const tag = new NearTag(name, link, this.tags);
    this.tags.set(name, tag);
    return tag;
  }

  /** The generation changed, or is about to. Returns whether entries stood on it. */
  end(name: string): boolean {
    const tag = this.tags.get(name);
    if (!tag) return false;
    tag.isOver = true;
    return this.tags.delete(name);
  }
}
