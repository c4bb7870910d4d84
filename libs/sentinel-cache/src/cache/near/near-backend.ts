import type { Backend, ScanOptions } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { keptBytes, type NearContent } from './near-store.js';
import type { Fill, NearTier } from './near-tier.js';

/** How many keys of one call are taken into the tier: their lives are asked for one by one. */
const MOST_FILLED = 200;

/** What a near tier stands before. */
export interface NearBackendParts {
  readonly tier: NearTier<NearContent>;
  /** What every stored key begins with whose changes are told. */
  readonly prefix: string;
  /** Answers the calls. */
  readonly far: Backend;
  /** Tells what is left of a life; telemetry does not count it. */
  readonly lives: Pick<Backend, 'remaining'>;
}

/**
 * Returns a backend that takes what it reads into a near tier, and drops there what it writes. It serves
 * nothing from it: that is for those who make values of entries.
 */
export function nearBackend({ tier, prefix, far, lives }: NearBackendParts): Backend {
  const filling = new FillingReads({ tier, prefix, far, lives });
  /** What this process reads after a write is at least as new, whenever Redis tells of it. */
  const writing = async <T>(keys: readonly string[], write: () => Promise<T>): Promise<T> => {
    for (const key of keys) tier.wrote(key);
    try {
      return await write();
    } finally {
      for (const key of keys) tier.wrote(key);
    }
  };
  const writingAny = async <T>(write: () => Promise<T>): Promise<T> => {
    tier.wroteAny();
    try {
      return await write();
    } finally {
      tier.wroteAny();
    }
  };
  // The methods of a backend that is observed are its own, and bound.
  return {
    ...far,
    get: (key, options) => filling.get(key, options),
    getMany: (keys, options) => filling.getMany(keys, options),
    set: (key, ...rest) => writing([key], () => far.set(key, ...rest)),
    setMany: (entries, ...rest) => {
      const keys = entries.map(([key]) => key);
      return writing(keys, () => far.setMany(entries, ...rest));
    },
    delete: (keys, options) => writing(keys, () => far.delete(keys, options)),
    touch: (key, ...rest) => writing([key], () => far.touch(key, ...rest)),
    expireAt: (key, ...rest) => writing([key], () => far.expireAt(key, ...rest)),
    increment: (key, ...rest) => writing([key], () => far.increment(key, ...rest)),
    move: (from, to, options) => writing([from, to], () => far.move(from, to, options)),
    compareAndSet: (key, ...rest) => writing([key], () => far.compareAndSet(key, ...rest)),
    deleteMatching: (pattern: string, options?: ScanOptions) => writingAny(() => far.deleteMatching(pattern, options)),
    deleteAll: (options) => writingAny(() => far.deleteAll(options)),
    // Any argument may be a key.
    command: (name, args, options) => writing(args.map(String), () => far.command(name, args, options)),
    ...(far.tags ? { tags: { ...far.tags, invalidate: (...call) => writingAny(() => far.tags!.invalidate(...call)) } } : {}),
    locks: {
      ...far.locks,
      claim: (key, ...rest) => writing([key], () => far.locks.claim(key, ...rest)),
      renew: (key, ...rest) => writing([key], () => far.locks.renew(key, ...rest)),
      drop: (key, ...rest) => writing([key], () => far.locks.drop(key, ...rest)),
    },
    structures: {
      ...far.structures,
      run: (command, options) =>
        command.kind === 'write'
          ? writing(command.keys, () => far.structures.run(command, options))
          : far.structures.run(command, options),
    },
  };
}

/** Reads from the primary whose link will tell of changes, and keeps what was found. */
class FillingReads {
  constructor(private readonly parts: NearBackendParts) {}

  get(key: string, options?: CallOptions): Promise<Buffer | null> {
    const { far } = this.parts;
    const fill = this.begin(key, options);
    return fill ? this.fillOne(fill, options) : far.get(key, options);
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]> {
    const { far, tier } = this.parts;
    const fills = keys.map((key, i) => (i < MOST_FILLED ? this.begin(key, options) : undefined));
    if (fills.every((fill) => fill === undefined)) return far.getMany(keys, options);
    try {
      const found = await far.getMany(keys, { ...options, fresh: true });
      for (const [i, fill] of fills.entries()) if (fill) this.finish(fill, found[i] ?? null, options);
      return found;
    } catch (error) {
      for (const fill of fills) if (fill) tier.abandon(fill);
      throw error;
    }
  }

  private begin(key: string, options?: CallOptions): Fill | undefined {
    const { tier, prefix } = this.parts;
    return options?.fresh || !key.startsWith(prefix) ? undefined : tier.begin(key);
  }

  private async fillOne(fill: Fill, options?: CallOptions): Promise<Buffer | null> {
    const { far, tier } = this.parts;
    try {
      const bytes = await far.get(fill.key, { ...options, fresh: true });
      this.finish(fill, bytes, options);
      return bytes;
    } catch (error) {
      tier.abandon(fill);
      throw error;
    }
  }

  /** Keeps what was found as soon as its life is known; nobody waits for that. */
  private finish(fill: Fill, bytes: Buffer | null, options: CallOptions = {}): void {
    const { tier, lives } = this.parts;
    if (bytes === null) return tier.abandon(fill);
    const content = keptBytes(bytes);
    lives.remaining(fill.key, { ...options, fresh: true, failFast: true }).then(
      (life) => {
        if (life === 'missing') tier.abandon(fill);
        else tier.end(fill, content, life === 'forever' ? Infinity : life);
      },
      // It is read again when it is asked for again.
      () => tier.abandon(fill),
    );
  }
}
