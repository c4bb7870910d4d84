/** How many pages are made anew at a time. */
const MOST_REFRESHES = 100;
/** How long nobody tries again after a refresh that made no page. */
const PAUSE_MS = 1000;
/** How many such pages are remembered. */
const MOST_PAUSES = 10_000;

/** Makes stale pages anew, one request a page at a time, and not many pages at once. */
export class PageRefreshes {
  private readonly running = new Set<string>();
  private readonly pauses = new Map<string, number>();

  /** Begins a refresh unless one is under way or has just come to nothing. `work` never rejects. */
  begin(key: string, work: () => Promise<{ readonly isMade: boolean }>): void {
    const until = this.pauses.get(key) ?? 0;
    if (this.running.has(key) || this.running.size >= MOST_REFRESHES || until > performance.now()) return;
    this.pauses.delete(key);
    this.running.add(key);
    void work().then(({ isMade }) => {
      this.running.delete(key);
      if (!isMade) this.pause(key);
    });
  }

  private pause(key: string): void {
    if (this.pauses.size >= MOST_PAUSES) this.pauses.delete(this.pauses.keys().next().value!);
    this.pauses.set(key, performance.now() + PAUSE_MS);
  }
}
