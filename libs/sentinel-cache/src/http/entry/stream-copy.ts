/** How many bytes of streams are copied at a time, for all pages together. */
const MOST_COPIED_BYTES = 64 * 1024 * 1024;
/** A stream that takes longer, or a client that does not read it, is not kept in memory. */
const LONGEST_COPY_MS = 60_000;

/** What the copies of all streams take together. */
export class CopyBudget {
  private usedBytes = 0;

  /** Takes so many bytes; false when they are not there. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > MOST_COPIED_BYTES) return false;
    this.usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

/**
 * Keeps a copy of a stream while it flows. It is told at the end: the whole body after a clean end,
 * undefined after an abort, an error, a minute, or more bytes than it may keep.
 */
export class StreamCopy {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private isOver = false;
  private readonly timer = setTimeout(() => this.end(false), LONGEST_COPY_MS).unref();

  constructor(
    private readonly mostBytes: number,
    private readonly budget: CopyBudget,
    private readonly onEnd: (body: Buffer | undefined) => void,
  ) {}

  /** Adds what flows by. Undefined is something that is no bytes: there is no copy then. */
  add(chunk: Buffer | undefined): void {
    if (this.isOver) return;
    if (!chunk || this.bytes + chunk.length > this.mostBytes || !this.budget.take(chunk.length)) return this.end(false);
    this.bytes += chunk.length;
    this.chunks.push(chunk);
  }

  /** Ends the copy; the first end counts. */
  end(isClean: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    const { chunks, bytes } = this;
    this.chunks = [];
    this.budget.giveBack(bytes);
    this.onEnd(isClean ? Buffer.concat(chunks, bytes) : undefined);
  }
}
