/** What an entry is stored with: the epoch of each tag at that time. */
type Epochs = ReadonlyMap<string, number>;

interface ModelEntry {
  value: unknown;
  /** Seconds, or null for ever. */
  life: number | null;
}

/** Stands for no entry. */
export const NOTHING = Symbol('nothing');

/**
 * What a cache with tags has to do, in its plainest form: entries, what stands beside them, and for each tag
 * how often it was invalidated. `django...` is what a program does that knows no tags.
 */
export class TagModel {
  private readonly entries = new Map<string, ModelEntry>();
  private readonly beside = new Map<string, { value: unknown; epochs: Epochs }>();
  private readonly epochs = new Map<string, number>();

  /** The tags that an entry is ruled by: those of the bytes that it still has. */
  private tagsOf(id: string): Epochs | undefined {
    const [entry, beside] = [this.entries.get(id), this.beside.get(id)];
    return entry && beside && same(entry.value, beside.value) ? beside.epochs : undefined;
  }

  isThere(id: string): boolean {
    if (!this.entries.has(id)) return false;
    return [...(this.tagsOf(id) ?? [])].every(([tag, epoch]) => this.epoch(tag) === epoch);
  }

  read(id: string): unknown {
    return this.isThere(id) ? this.entries.get(id)!.value : NOTHING;
  }

  life(id: string): number | null {
    return this.isThere(id) ? this.entries.get(id)!.life : 0;
  }

  stamp(tags: readonly string[]): Epochs {
    return new Map(tags.map((tag) => [tag, this.epoch(tag)]));
  }

  write(id: string, value: unknown, life: number | null, epochs: Epochs): void {
    this.entries.set(id, { value, life });
    if (epochs.size > 0) this.beside.set(id, { value, epochs });
    else this.beside.delete(id);
  }

  remove(id: string): boolean {
    const wasThere = this.isThere(id);
    this.entries.delete(id);
    this.beside.delete(id);
    return wasThere;
  }

  touch(id: string, life: number | null): boolean {
    if (!this.isThere(id)) return false;
    const entry = this.entries.get(id)!;
    const changed = life !== null || entry.life !== null;
    entry.life = life;
    return changed;
  }

  increment(id: string, delta: number): unknown {
    if (!this.isThere(id)) return NOTHING;
    const epochs = this.tagsOf(id);
    const entry = this.entries.get(id)!;
    if (typeof entry.value !== 'number') return 'refused';
    entry.value += delta;
    if (epochs) this.beside.set(id, { value: entry.value, epochs });
    return entry.value;
  }

  move(from: string, to: string): boolean {
    if (!this.isThere(from)) return false;
    const { value, life } = this.entries.get(from)!;
    const epochs = this.tagsOf(from) ?? new Map();
    this.remove(from);
    this.write(to, value, life, epochs);
    return true;
  }

  invalidate(tags: readonly string[]): void {
    for (const tag of tags) this.epochs.set(tag, this.epoch(tag) + 1);
  }

  /** The ids that are there, of those that a test gives. */
  idsThere(isAsked: (id: string) => boolean): string[] {
    return [...this.entries.keys()].filter((id) => isAsked(id) && this.isThere(id));
  }

  /** Removes entries and what stands beside them, of those that a test gives; returns how many were there. */
  removeAll(isAsked: (id: string) => boolean): number {
    const ids = [...this.entries.keys(), ...this.beside.keys()].filter(isAsked);
    return [...new Set(ids)].filter((id) => this.remove(id)).length;
  }

  clear(): void {
    this.removeAll(() => true);
    this.invalidate([...this.epochs.keys()]);
  }

  djangoSet(id: string, value: unknown, life: number | null): void {
    this.entries.set(id, { value, life });
  }

  djangoDelete(id: string): boolean {
    return this.entries.delete(id);
  }

  djangoTouch(id: string, life: number): boolean {
    const entry = this.entries.get(id);
    if (entry) entry.life = life;
    return entry !== undefined;
  }

  djangoIncrement(id: string): boolean {
    const entry = this.entries.get(id);
    if (typeof entry?.value !== 'number') return false;
    entry.value += 1;
    return true;
  }

  private epoch(tag: string): number {
    const epoch = this.epochs.get(tag) ?? 0;
    this.epochs.set(tag, epoch);
    return epoch;
  }
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
