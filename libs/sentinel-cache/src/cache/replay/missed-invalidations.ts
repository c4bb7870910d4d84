/** Most invalidations that are kept, and most characters of their keys and tags. */
const MOST = 10_000;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** An entry that was to be deleted, by its stored key, or a tag that was to be invalidated. */
export interface MissedInvalidation {
  readonly kind: 'key' | 'tag';
  readonly name: string;
}

/** Invalidations that were not carried out, each once, the oldest first, within bounds. */
export class MissedInvalidations {
  private readonly missed = new Map<string, MissedInvalidation>();
  private characters = 0;

  /** Number of invalidations. */
  get size(): number {
    return this.missed.size;
  }

  /** Whether an invalidation is kept. */
  has(one: MissedInvalidation): boolean {
    return this.missed.has(idOf(one));
  }

  /** Keeps an invalidation. Returns how many of the oldest had to go for it. */
  add(one: MissedInvalidation): number {
    const id = idOf(one);
    if (this.missed.has(id)) return 0;
    this.missed.set(id, one);
    this.characters += id.length;
    let lost = 0;
    for (const oldest of this.missed.values()) {
      if (this.missed.size <= MOST && this.characters <= MOST_CHARACTERS) break;
      this.remove(oldest);
      lost += 1;
    }
    return lost;
  }

  /** Forgets an invalidation. Returns whether it was kept. */
  remove(one: MissedInvalidation): boolean {
    const id = idOf(one);
    if (!this.missed.delete(id)) return false;
    this.characters -= id.length;
    return true;
  }

  /** Returns the oldest ones, and forgets them. */
  take(most: number): MissedInvalidation[] {
    const taken: MissedInvalidation[] = [];
    for (const one of this.missed.values()) {
      if (taken.length === most) break;
      taken.push(one);
    }
    for (const one of taken) this.remove(one);
    return taken;
  }
}

/** Returns what tells an invalidation from all others. */
export function idOf({ kind, name }: MissedInvalidation): string {
  return `${kind} ${name}`;
}
