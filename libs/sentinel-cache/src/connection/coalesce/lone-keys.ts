/** Remembers keys that are asked alone; beyond `most` the oldest is forgotten. */
export class LoneKeys {
  private readonly keys = new Set<string>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.keys.size;
  }

  has(key: string): boolean {
    return this.keys.size > 0 && this.keys.has(key);
  }

  add(key: string): void {
    this.keys.delete(key);
    this.keys.add(key);
    if (this.keys.size > this.most) this.keys.delete(this.keys.values().next().value!);
  }

  delete(key: string): void {
    if (this.keys.size > 0) this.keys.delete(key);
  }
}
