import type { CacheBytes } from '../cache/cache-bytes.js';
import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { CodecError } from '../errors/codec.error.js';
import { publishIgnoredError } from '../telemetry/channels.js';
import { foundPage, keptMsOf, type FoundPage } from './entry/found-page.js';
import { decodePage, decodeVary, encodePage, encodeVary, type VaryList } from './entry/page-bytes.js';
import type { Generations, Page } from './entry/page.js';
import { KnownVary } from './key/known-vary.js';
import type { PageIdentity } from './key/page-identity.js';
import { pageKey, varyKey } from './key/page-keys.js';
import { varyingValues } from './key/varying-values.js';
import type { PageEvictions } from './page-evictions.js';
import type { PagesConfig, RequestFacts, RouteRules } from './policy/route-rules.js';

/** What a lookup costs a request at most, in milliseconds. */
const LOOKUP_MS = 50;
/** How many variants of one address are kept. */
const MOST_VARIANTS = 64;
const MOST_NAMES = 16;
/** How long the generations of a page's tags live at least; more once it is known how long the page does. */
const GENERATIONS_MS = 3_600_000;
/** The list of an address outlives most of its pages; without it they are misses. */
const VARY_LIST_MS = 86_400_000;

/** Which page, asked for by which request. */
export interface PageRequest {
  readonly identity: PageIdentity;
  readonly request: RequestFacts;
  readonly rules: RouteRules;
  /** What its page is dropped by. */
  readonly tags: readonly string[];
}

/** What a lookup found; `fwd` is for Cache-Status. */
export interface Lookup {
  readonly found: FoundPage | undefined;
  readonly fwd: 'uri-miss' | 'vary-miss';
  /** The generations of its tags; undefined when one of them is missing. */
  readonly generations: Generations | undefined;
  /** Whether the store was silent, or refused. */
  readonly isOutage: boolean;
}

/**
 * Finds pages and stores them. An outage is a miss, and a page that can't be stored is none. Never rejects.
 */
export class PageStore {
  private readonly known = new KnownVary();

  constructor(
    private readonly caches: SentinelCaches,
    private readonly config: PagesConfig,
    private readonly evictions: PageEvictions,
  ) {}

  /** Which variant a request asks for, as far as this process knows. */
  variantOf({ identity, request, rules }: PageRequest): string {
    return varyingValues(this.known.get(identity.digest) ?? rules.vary, request, this.config);
  }

  /** Remembers what a page varies on before it is stored: those who wait for it are told apart by that. */
  learn({ identity }: PageRequest, { vary }: Page): void {
    this.known.remember(identity.digest, merged(vary, this.known.get(identity.digest) ?? []));
  }

  /** Finds a page: one round trip once this process knows what the pages of the address vary on. */
  async lookUp(wanted: PageRequest): Promise<Lookup> {
    const { identity, rules } = wanted;
    try {
      const bytes = this.caches.bytes(rules.cache);
      const names = this.known.get(identity.digest);
      return names ? await this.readPage(bytes, wanted, names) : await this.readUnknown(bytes, wanted);
    } catch (error) {
      this.ignored(rules.cache, error);
      return OUTAGE;
    }
  }

  private async readPage(bytes: CacheBytes, wanted: PageRequest, names: readonly string[]): Promise<Lookup> {
    const { identity, rules, request } = wanted;
    const key = pageKey(rules.keyPrefix, identity, varyingValues(names, request, this.config));
    const read = await bytes.read([key], { waitsMs: LOOKUP_MS, version: rules.version, tags: wanted.tags });
    if (!read) return OUTAGE;
    const { entries } = read;
    const generations = generationsIn(wanted.tags, read.generations);
    const found = this.fitting(wanted, entries[0] ?? null, generations);
    return { found, fwd: names.length > 0 ? 'vary-miss' : 'uri-miss', generations, isOutage: false };
  }

  /**
   * Asks for the list of the address and, at a guess, for the page that varies only on what the route says.
   */
  private async readUnknown(bytes: CacheBytes, wanted: PageRequest): Promise<Lookup> {
    const { identity, rules, request } = wanted;
    const guess = pageKey(rules.keyPrefix, identity, varyingValues(rules.vary, request, this.config));
    const keys = [varyKey(rules.keyPrefix, identity), guess];
    const read = await bytes.read(keys, { waitsMs: LOOKUP_MS, version: rules.version, tags: wanted.tags });
    if (!read) return OUTAGE;
    const { entries } = read;
    const generations = generationsIn(wanted.tags, read.generations);
    const list = entries[0] ? this.listOf(wanted, entries[0].bytes) : undefined;
    const found = this.fitting(wanted, entries[1] ?? null, generations);
    const names = merged(list?.names ?? [], rules.vary);
    if (list || found) this.known.remember(identity.digest, names);
    if (found || !list || names.join() === rules.vary.join())
      return { found, fwd: list ? 'vary-miss' : 'uri-miss', generations, isOutage: false };
    return this.readPage(bytes, wanted, names);
  }

  /** The page of an entry when it is what was asked for. Anything else is a miss, and counted. */
  private fitting(
    wanted: PageRequest,
    entry: { bytes: Buffer; life: number | 'forever' } | null,
    generations: Generations | undefined,
  ): FoundPage | undefined {
    if (!entry) return undefined;
    const { identity, request, rules, tags } = wanted;
    const page = decodePage(entry.bytes);
    const fits =
      page?.identity === identity.text &&
      page.variant === varyingValues(page.vary, request, this.config) &&
      entry.life !== 'forever' &&
      entry.life <= keptMsOf(page);
    const isDropped = !generations || this.evictions.isLost(rules.cache, tags);
    if (fits) return isDropped || !haveSame(page.generations, generations) ? undefined : foundPage(page, entry.life as number);
    this.ignored(rules.cache, unreadable(rules.cache));
    return undefined;
  }

  private listOf({ identity, rules }: PageRequest, bytes: Buffer): VaryList | undefined {
    const list = decodeVary(bytes);
    if (list?.identity === identity.text) return list;
    this.ignored(rules.cache, unreadable(rules.cache));
    return undefined;
  }

  /**
   * Reads the generations of a page's tags, and makes those that are missing, before the page is made.
   * Undefined when there is no answer in time: it can't be stored.
   */
  async stamp({ rules, tags }: PageRequest): Promise<Generations | undefined> {
    try {
      const found = await this.caches.bytes(rules.cache).stamp(tags, GENERATIONS_MS, LOOKUP_MS);
      return found && pairs(tags, found);
    } catch (error) {
      this.ignored(rules.cache, error);
      return undefined;
    }
  }

  /**
   * Stores a page, and remembers what it varies on. A page that was dropped while it was made is not
   * stored. Resolves when the store has settled.
   */
  async store(wanted: PageRequest, made: Page, generations: Generations): Promise<void> {
    const { rules, identity, tags } = wanted;
    const bytes = this.caches.bytes(rules.cache);
    const { version } = rules;
    try {
      const now = await bytes.stamp(tags, keptMsOf(made));
      if (!now || !haveSame(generations, pairs(tags, now)) || this.evictions.isLost(rules.cache, tags)) return;
      const names = merged(made.vary, this.known.get(identity.digest) ?? []);
      const { page, dropped } =
        names.length === 0 ? { page: made, dropped: [] } : await this.addVariant(bytes, wanted, made, names);
      this.known.remember(identity.digest, page.vary);
      const encoded = encodePage({ ...page, generations });
      await bytes.write(pageKey(rules.keyPrefix, identity, page.variant), encoded, keptMsOf(page), { version });
      if (dropped.length > 0)
        await bytes.delete(
          dropped.map((variant) => pageKey(rules.keyPrefix, identity, variant)),
          { version },
        );
    } catch (error) {
      this.ignored(rules.cache, error);
    }
  }

  /** Adds a variant to the list of its address; past the bound the oldest goes. */
  private async addVariant(bytes: CacheBytes, wanted: PageRequest, made: Page, names: readonly string[]) {
    const { rules, identity, request } = wanted;
    let page = made;
    let dropped: string[] = [];
    const lifetimeMs = Math.max(keptMsOf(made), VARY_LIST_MS);
    await bytes.change(varyKey(rules.keyPrefix, identity), lifetimeMs, rules, (before) => {
      const list = before ? decodeVary(before) : undefined;
      const known = list?.identity === identity.text ? list : undefined;
      const vary = merged(names, known?.names ?? []);
      page = { ...made, vary, variant: varyingValues(vary, request, this.config) };
      const variants = [...(known?.variants ?? []).filter((variant) => variant !== page.variant), page.variant];
      dropped = variants.splice(0, Math.max(0, variants.length - MOST_VARIANTS));
      return encodeVary({ identity: identity.text, names: vary, variants });
    });
    return { page, dropped };
  }

  private ignored(alias: string, error: unknown): void {
    publishIgnoredError({ alias, operation: 'page', error });
  }
}

const OUTAGE: Lookup = Object.freeze({ found: undefined, fwd: 'uri-miss', generations: undefined, isOutage: true });

/** The generations of tags, as a lookup read them; undefined when one is missing. */
function generationsIn(tags: readonly string[], read: readonly (Buffer | null)[]): Generations | undefined {
  const found = read.map((generation) => generation?.toString('latin1') ?? '');
  return found.includes('') ? undefined : pairs(tags, found);
}

function pairs(tags: readonly string[], generations: readonly string[]): Generations {
  return tags.map((tag, i) => [tag, generations[i] ?? '']);
}

function haveSame(stored: Generations, current: Generations): boolean {
  const now = new Map(current);
  return stored.every(([tag, generation]) => generation !== '' && now.get(tag) === generation);
}

/** The names of both, sorted; those of the first alone when they would be too many. */
function merged(a: readonly string[], b: readonly string[]): readonly string[] {
  const all = [...new Set([...a, ...b])].sort();
  return all.length <= MOST_NAMES ? all : a;
}

function unreadable(alias: string): CodecError {
  return new CodecError(`Cache '${alias}', page: these bytes are no page of this address.`, { alias });
}
