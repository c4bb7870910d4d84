import type { BytesFound, CacheBytes } from '../cache/cache-bytes.js';
import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { CodecError } from '../errors/codec.error.js';
import { publishIgnoredError } from '../telemetry/channels.js';
import { foundPage, keptMsOf, type FoundPage } from './entry/found-page.js';
import { keptPage, nearPage, type PageHead } from './entry/near-page.js';
import { decodePage, decodeVary, encodePage, encodeVary, type VaryList } from './entry/page-bytes.js';
import type { Generations, Page, SeenTags } from './entry/page.js';
import { KnownVary, merged } from './key/known-vary.js';
import type { PageIdentity } from './key/page-identity.js';
import { pageKey, varyKey } from './key/page-keys.js';
import { varyingValues } from './key/varying-values.js';
import type { PageEvictions } from './page-evictions.js';
import type { PagesConfig, RequestFacts, RouteRules } from './policy/route-rules.js';

/** How many variants of one address are kept. */
const MOST_VARIANTS = 64;
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
  readonly seen: SeenTags;
}

/** What finding and storing need. */
export interface PageStoreParts {
  readonly caches: SentinelCaches;
  readonly config: PagesConfig;
  readonly evictions: PageEvictions;
  /** What a lookup costs a request at most, in milliseconds. */
  readonly waitsMs: number;
}

/**
 * Finds pages and stores them. An outage is a miss, and a page that can't be stored is none. Never rejects.
 */
export class PageStore {
  private readonly known = new KnownVary();

  constructor(private readonly parts: PageStoreParts) {}

  /** Which variant a request asks for, as far as this process knows. */
  variantOf({ identity, request, rules }: PageRequest): string {
    return varyingValues(this.known.get(identity.digest) ?? rules.vary, request, this.parts.config);
  }

  /** Remembers what a page varies on before it is stored: those who wait for it are told apart by that. */
  learn({ identity }: PageRequest, { vary }: Page): void {
    this.known.remember(identity.digest, merged(vary, this.known.get(identity.digest) ?? []));
  }

  /** Returns a page that this process keeps, until Redis reports a change. Undefined: `lookUp` asks Redis. */
  findNear(wanted: PageRequest): FoundPage | undefined {
    const { identity, rules } = wanted;
    try {
      const bytes = this.parts.caches.bytes(rules.cache);
      if (!bytes.isNear) return undefined;
      const key = pageKey(rules.keyPrefix, identity, this.variantOf(wanted));
      const near = bytes.findNear<PageHead>(key, { version: rules.version });
      return near && !this.isDropped(wanted, near.value, near.seen) ? nearPage(near) : undefined;
    } catch (error) {
      this.ignored(rules.cache, error);
      return undefined;
    }
  }

  /** Finds a page in Redis: one round trip once this process knows what the pages of the address vary on. */
  async lookUp(wanted: PageRequest): Promise<Lookup> {
    const endsAtMs = performance.now() + this.parts.waitsMs;
    const names = this.known.get(wanted.identity.digest);
    const lookup = this.asking(wanted, (bytes) =>
      names ? this.readPage(bytes, wanted, names, endsAtMs) : this.readUnknown(bytes, wanted, endsAtMs),
    );
    return (await lookup) ?? OUTAGE;
  }

  /** Sees the generations of a page's tags where no lookup did. */
  async see(wanted: PageRequest): Promise<SeenTags> {
    return (await this.asking(wanted, (bytes) => bytes.see(wanted.tags, this.parts.waitsMs))) ?? 'outage';
  }

  /** Whether none of a page's tags was dropped since they were seen, as far as the store tells. */
  async isCurrent(wanted: PageRequest, seen: SeenTags): Promise<boolean> {
    if (seen === 'outage') return true;
    return (await this.asking(wanted, (bytes) => bytes.isCurrent(wanted.tags, seen, this.parts.waitsMs))) ?? true;
  }

  /** Whether a page could be stored that is made now. */
  mayStore({ rules, tags }: PageRequest, seen: SeenTags): boolean {
    return seen !== 'outage' && !this.parts.evictions.isLost(rules.cache, tags);
  }

  /** Undefined when there is no answer in time, or a refusal, which is counted. */
  private async asking<T>(
    { rules }: PageRequest,
    ask: (bytes: CacheBytes) => T | Promise<T | undefined>,
  ): Promise<T | undefined> {
    try {
      return await ask(this.parts.caches.bytes(rules.cache));
    } catch (error) {
      this.ignored(rules.cache, error);
      return undefined;
    }
  }

  private async readPage(
    bytes: CacheBytes,
    wanted: PageRequest,
    names: readonly string[],
    endsAtMs: number,
  ): Promise<Lookup | undefined> {
    const { identity, rules, request, tags } = wanted;
    const key = pageKey(rules.keyPrefix, identity, varyingValues(names, request, this.parts.config));
    const waitsMs = Math.max(1, endsAtMs - performance.now());
    return bytes.read([key], { waitsMs, version: rules.version, tags }, ({ entries, seen }) => {
      const found = this.fitting(wanted, entries[0] ?? null, seen);
      return { result: { found, fwd: names.length > 0 ? 'vary-miss' : 'uri-miss', seen }, kept: [keptPage(found)] };
    });
  }

  /**
   * Asks for the list of the address and, at a guess, for the page that varies only on what the route says.
   */
  private async readUnknown(bytes: CacheBytes, wanted: PageRequest, endsAtMs: number): Promise<Lookup | undefined> {
    const { identity, rules, request, tags } = wanted;
    const guess = pageKey(rules.keyPrefix, identity, varyingValues(rules.vary, request, this.parts.config));
    const keys = [varyKey(rules.keyPrefix, identity), guess];
    const asked = { waitsMs: endsAtMs - performance.now(), version: rules.version, tags };
    const read = await bytes.read(keys, asked, ({ entries, seen }) => {
      const list = entries[0] ? this.listOf(wanted, entries[0].bytes) : undefined;
      const found = this.fitting(wanted, entries[1] ?? null, seen);
      return { result: { list, found, seen }, kept: [undefined, keptPage(found)] };
    });
    if (!read) return undefined;
    const { list, found, seen } = read;
    const names = merged(list?.names ?? [], rules.vary);
    if (list || found) this.known.remember(identity.digest, names);
    if (found || !list || names.join() === rules.vary.join()) return { found, fwd: list ? 'vary-miss' : 'uri-miss', seen };
    return this.readPage(bytes, wanted, names, endsAtMs);
  }

  /** The page of an entry when it is what was asked for. Anything else is a miss, and counted. */
  private fitting(wanted: PageRequest, entry: BytesFound['entries'][number], seen: BytesFound['seen']): FoundPage | undefined {
    if (!entry) return undefined;
    const { identity, request, rules } = wanted;
    const page = decodePage(entry.bytes);
    const fits =
      page?.identity === identity.text &&
      page.variant === varyingValues(page.vary, request, this.parts.config) &&
      entry.life !== 'forever' &&
      entry.life <= keptMsOf(page);
    if (!fits) {
      this.ignored(rules.cache, unreadable(rules.cache));
      return undefined;
    }
    return this.isDropped(wanted, page, seen) ? undefined : foundPage(page, entry.life as number);
  }

  /** Whether one of its tags was dropped since the page was made. */
  private isDropped({ rules, tags }: PageRequest, { generations }: PageHead, seen: BytesFound['seen']): boolean {
    return this.parts.evictions.isLost(rules.cache, tags) || !isOf(generations, tags, seen);
  }

  private listOf({ identity, rules }: PageRequest, bytes: Buffer): VaryList | undefined {
    const list = decodeVary(bytes);
    if (list?.identity === identity.text) return list;
    this.ignored(rules.cache, unreadable(rules.cache));
    return undefined;
  }

  /**
   * Stores a page, and remembers what it varies on. A page that was dropped since its tags were seen is not
   * stored. Resolves when the store has settled.
   */
  async store(wanted: PageRequest, made: Page, seen: BytesFound['seen']): Promise<void> {
    await this.asking(wanted, (bytes) => this.storeIn(bytes, wanted, made, seen));
  }

  private async storeIn(bytes: CacheBytes, wanted: PageRequest, made: Page, seen: BytesFound['seen']): Promise<undefined> {
    const { rules, identity, tags } = wanted;
    const { version } = rules;
    const generations = await bytes.stamp(tags, seen, keptMsOf(made));
    if (!generations || this.parts.evictions.isLost(rules.cache, tags)) return;
    const names = merged(made.vary, this.known.get(identity.digest) ?? []);
    const { page, dropped } =
      names.length === 0 ? { page: made, dropped: [] } : await this.addVariant(bytes, wanted, made, names);
    this.known.remember(identity.digest, page.vary);
    const encoded = encodePage({ ...page, generations: tags.map((tag, i) => [tag, generations[i]!]) });
    await bytes.write(pageKey(rules.keyPrefix, identity, page.variant), encoded, keptMsOf(page), { version });
    if (dropped.length > 0)
      await bytes.delete(
        dropped.map((variant) => pageKey(rules.keyPrefix, identity, variant)),
        { version },
      );
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
      page = { ...made, vary, variant: varyingValues(vary, request, this.parts.config) };
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

const OUTAGE: Lookup = Object.freeze({ found: undefined, fwd: 'uri-miss', seen: 'outage' });

/** Whether a page was stored with these tags, and none was dropped since. */
function isOf(stored: Generations, tags: readonly string[], seen: BytesFound['seen']): boolean {
  return (
    stored.length === tags.length && stored.every(([tag, generation], i) => tag === tags[i] && generation === seen.generations[i])
  );
}

function unreadable(alias: string): CodecError {
  return new CodecError(`Cache '${alias}', page: these bytes are no page of this address.`, { alias });
}
