import type { Backend, LivingEntry, RemainingLife } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { surroundBackend, type Changes } from '../../backends/port/surround-backend.js';
import { generationName } from '../../keys/tag-names.js';
import { keptBytes, type NearContent } from './near-store.js';
import type { Fill, NearTier } from './near-tier.js';

/** How many keys of one call are taken into the tier: lives are asked for one by one. */
const MOST_FILLED = 200;

/** What a near tier stands before. */
export interface NearBackendParts {
  readonly tier: NearTier<NearContent>;
  readonly keyPrefix: string;
  /** A read of this key begins; undefined: its answer can't be kept. */
  readonly begin: (key: string) => Fill | undefined;
  /** Answers the calls. */
  readonly far: Backend;
  /** Tells what is left of a life; telemetry does not count it. */
  readonly lives: Pick<Backend, 'remaining'>;
}

/**
 * Returns a backend that takes what it reads into a near tier, and drops there what it writes. It serves
 * nothing from it: that is for those who make values of entries.
 */
export function nearBackend(parts: NearBackendParts): Backend {
  const { tier, keyPrefix, far } = parts;
  const drop = ({ keys, tags = [] }: Changes): void => {
    if (keys === 'any') return tier.wroteAny();
    for (const key of keys) tier.wrote(key);
    for (const tag of tags) tier.wrote(generationName(keyPrefix, tag));
  };
  /** What this process reads after a write is at least as new, whenever Redis tells of it. */
  const writing = async <T>(changes: Changes, write: () => Promise<T>): Promise<T> => {
    drop(changes);
    try {
      return await write();
    } finally {
      drop(changes);
    }
  };
  const surrounded = surroundBackend(far, {
    isActive: () => true,
    run: ({ changes }, make) => (changes ? writing(changes, make) : make()),
  });
  const filling = new FillingReads(parts);
  return {
    ...surrounded,
    get: (key, options) => filling.get(key, options),
    getMany: (keys, options) => filling.getMany(keys, options),
  };
}

/** What a read has found; without `life` that is still to be asked for. */
type Read = Pick<LivingEntry, 'bytes' | 'tags'> & Partial<LivingEntry>;

/** Reads from the primary whose link will tell of changes, and keeps what was found. */
class FillingReads {
  constructor(private readonly parts: NearBackendParts) {}

  async get(key: string, options?: CallOptions): Promise<Buffer | null> {
    const { far } = this.parts;
    const fill = this.begin(key, options);
    if (!fill) return far.get(key, options);
    const [found] = await this.fill([fill], options, async (calls) => [
      far.tags ? await far.getWithLife(key, calls) : withoutLife(await far.get(key, calls)),
    ]);
    return found ? found.bytes : null;
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]> {
    const { far } = this.parts;
    const fills = keys.map((key, i) => (i < MOST_FILLED ? this.begin(key, options) : undefined));
    if (fills.every((fill) => fill === undefined)) return far.getMany(keys, options);
    const found = await this.fill(fills, options, async (calls) =>
      far.tags ? far.getManyWithLife(keys, calls) : (await far.getMany(keys, calls)).map(withoutLife),
    );
    return found.map((entry) => entry && entry.bytes);
  }

  private begin(key: string, options?: CallOptions): Fill | undefined {
    return options?.fresh ? undefined : this.parts.begin(key);
  }

  private async fill(
    fills: readonly (Fill | undefined)[],
    options: CallOptions | undefined,
    read: (options: CallOptions) => Promise<(Read | null)[]>,
  ): Promise<(Read | null)[]> {
    try {
      const found = await read({ ...options, fresh: true });
      for (const [i, fill] of fills.entries()) if (fill) this.finish(fill, found[i] ?? null, options);
      return found;
    } catch (error) {
      for (const fill of fills) if (fill) this.parts.tier.abandon(fill);
      throw error;
    }
  }

  /** Keeps what was found as soon as its life is known; nobody waits for that. */
  private finish(fill: Fill, found: Read | null, options: CallOptions | undefined): void {
    const { tier, lives, keyPrefix } = this.parts;
    if (found === null) return tier.abandon(fill);
    const { life, tags = [] } = found;
    const content = keptBytes(found.bytes);
    const generations = tags.map((tag) => generationName(keyPrefix, tag));
    const keep = (left: RemainingLife): void => {
      if (left === 'missing') tier.abandon(fill);
      else tier.end(fill, { content, generations, lifeMs: left === 'forever' ? Infinity : left });
    };
    if (life !== undefined) return keep(life);
    // When it can't be told, the entry is read again when it is asked for again.
    lives.remaining(fill.key, { ...options, fresh: true, failFast: true }).then(keep, () => tier.abandon(fill));
  }
}

function withoutLife(bytes: Buffer | null): Read | null {
  return bytes && { bytes };
}
