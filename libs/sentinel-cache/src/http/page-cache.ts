import { defer, lastValueFrom, of, throwError, type Observable } from 'rxjs';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { addCacheStatus, type CacheStatus } from '../headers/cache-status.js';
import { publishIgnoredError } from '../telemetry/channels.js';
import type { Clock } from '../time/clock.js';
import { ageMsOf, isStaleWithin, leftMsOf, type FoundPage } from './entry/found-page.js';
import { PageFlights, type Flight } from './flight/page-flights.js';
import { PageRefreshes } from './flight/page-refreshes.js';
import { isUnsafe, pathTag, tagsOf } from './key/page-tags.js';
import { pageIdentity } from './key/page-identity.js';
import { varyingValues } from './key/varying-values.js';
import { PageEvictions } from './page-evictions.js';
import type { PageEviction } from './page-options.js';
import { noPage, replyOf } from './page-hit.js';
import { readEviction } from './read-page-options.js';
import { PageRuns, type PendingRequest, type RunHandler } from './page-runs.js';
import { PageStore, type Lookup } from './page-store.js';
import type { PageExchange } from './platform/exchange.js';
import { InnerRequest, serverOf } from './platform/inner-request.js';
import { lazyBody } from './platform/lazy-body.js';
import { acceptsStale, directivesOf, satisfies, type RequestDirectives } from './policy/request-directives.js';
import type { Reason } from './policy/reasons.js';
import { headersOfOne, judgeRequest } from './policy/request-verdict.js';
import type { PagesConfig, RouteRules } from './policy/route-rules.js';
import type { UnkeyedReads } from './watch/unkeyed-reads.js';

/** What is told to others, and how long requests wait. */
export interface PageCacheParts {
  readonly clock: Clock;
  /** How long a request waits for the cache at most, in milliseconds. */
  readonly waitsMs: number;
  readonly unkeyed: UnkeyedReads;
  readonly onLostEviction: (alias: string, error: unknown) => void;
}

/** A lookup that found nothing to send. */
type MissedLookup = Pick<Lookup, 'found' | 'fwd'> & Partial<Lookup>;

/** The rules of a route, and the name that `@CacheKey` gives this request. */
export interface PageRoute {
  readonly rules: RouteRules;
  readonly name: string | undefined;
}

const OBEYS_NOBODY: RequestDirectives = directivesOf({ headers: {} } as Parameters<typeof directivesOf>[0]);
/** How often a request waits for a leader that goes away before it runs alone. */
const MOST_ATTEMPTS = 3;
/** A page that takes longer to be made anew is given up. */
const REFRESH_MS = 30_000;

/** Answers requests from stored pages, and stores the responses of handlers. */
export class PageCache {
  private readonly store: PageStore;
  private readonly flights = new PageFlights();
  private readonly runs: PageRuns;
  /** Drops pages; for those who know what has changed. */
  readonly evictions: PageEvictions;
  private readonly clock: Clock;
  private readonly refreshes = new PageRefreshes();
  /** Requests of our own that make a stale page anew, and whom to tell. */
  private readonly refreshing = new WeakMap<object, () => void>();

  constructor(
    caches: SentinelCaches,
    readonly config: PagesConfig,
    { clock, waitsMs, unkeyed, onLostEviction: onLost }: PageCacheParts,
  ) {
    this.clock = clock;
    const { flights } = this;
    const evictions = new PageEvictions({ caches, waitsMs, forget: (tags) => flights.forget(tags), onLost });
    this.evictions = evictions;
    this.store = new PageStore({ caches, config, evictions, waitsMs });
    this.runs = new PageRuns({ store: this.store, flights, evictions, unkeyed, config, clock });
    this.know(config.alias);
  }

  /** Remembers that routes keep pages in this cache. */
  know(alias: string): void {
    this.evictions.know(alias);
  }

  /** As `Pages.evict`. */
  async evict(what: PageEviction): Promise<void> {
    const { tags, paths } = readEviction(what);
    await this.evictions.evict([...tags, ...paths.map(pathTag)]);
  }

  /** Gives what the handler returns, or a stored page. The promise never rejects; the Observable may. */
  answer(
    exchange: PageExchange,
    { rules, name }: PageRoute,
    run: RunHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const { request } = exchange;
    const verdict = judgeRequest(request, rules, this.config);
    const asks = this.config.requestDirectives ? directivesOf(request) : OBEYS_NOBODY;
    if (verdict.does === 'pass' || asks.noStore) {
      this.sayBypass(exchange, verdict.does === 'pass' ? verdict.reason : 'no-store');
      return isUnsafe(request.method) ? this.afterwards(exchange, rules, run) : run();
    }
    const wanted = { request, rules, tags: tagsOf(request, rules, name), identity: pageIdentity(request, rules, name) };
    const pending: PendingRequest = { exchange, wanted, asks, run };
    if (verdict.does === 'personal') return this.runs.run(pending, { fwd: 'bypass', personal: verdict.reason });
    const onPage = this.refreshing.get(exchange.raw);
    if (onPage) return this.runs.run(pending, { fwd: 'stale', onPage });
    const flight = this.flights.find(this.runs.flightKey(wanted));
    // A flight may have a newer page, which is being stored.
    const near = flight || asks.noCache ? undefined : this.store.findNear(wanted);
    if (near && this.fits(pending, near)) return this.send(pending, near, {});
    if (request.method === 'HEAD') return this.head(pending, flight);
    if (asks.noCache && !asks.onlyIfCached) return this.runs.run(pending, { fwd: 'request' });
    return this.joinFlight(pending, 1);
  }

  /**
   * A request that may have changed something drops the pages of its address, and of those that its response
   * names. It runs at once, in the async context of the interceptors around: Nest subscribes outside it.
   */
  private afterwards(exchange: PageExchange, rules: RouteRules, run: RunHandler): Observable<unknown> {
    const response$ = run();
    return defer(async () => {
      const value: unknown = await lastValueFrom(response$, { defaultValue: undefined });
      await this.evictions.evictChanged(exchange, rules, value);
      return value;
    });
  }

  private sayBypass(exchange: PageExchange, detail: Reason): void {
    if (!this.config.cacheStatus) return;
    const fwd = detail === 'method' ? 'method' : detail === 'no-store' ? 'request' : 'bypass';
    exchange.setHeader('cache-status', addCacheStatus(exchange.header('cache-status'), { fwd, detail }));
  }

  /** One lookup and one run for all who ask for a page at a time. */
  private async joinFlight(pending: PendingRequest, attempt: number): Promise<Observable<unknown>> {
    const joined = this.flights.join(this.runs.flightKey(pending.wanted), pending.wanted.tags);
    if (joined.role === 'alone') return this.alone(pending);
    if (joined.role === 'leader') return this.lead(pending, joined.flight);
    if (!(await joined.flight.isCurrent())) {
      joined.flight.leave();
      return attempt === MOST_ATTEMPTS ? this.alone(pending) : this.joinFlight(pending, attempt + 1);
    }
    const outcome = await joined.outcome;
    if (outcome.kind === 'error') return throwError(() => outcome.error);
    if (outcome.kind === 'page' && this.fits(pending, outcome.found)) {
      const isCollapsed = joined.isUnderWay && outcome.isMade;
      return this.send(pending, outcome.found, isCollapsed ? { fwd: 'uri-miss', collapsed: true } : {});
    }
    if (outcome.kind === 'stale' && this.insteadOfError(pending, outcome.found))
      return this.send(pending, outcome.found, { fwd: 'stale', collapsed: true, detail: 'stale-if-error' });
    // It is the page, and not what this request asks for.
    if (outcome.kind === 'page' && this.isPageOf(pending, outcome.found))
      return this.miss(pending, { found: outcome.found, fwd: 'uri-miss' });
    if (outcome.kind === 'unstored') return this.runs.run(pending, { fwd: 'uri-miss', seen: outcome.seen });
    if (attempt === MOST_ATTEMPTS) return this.runs.run(pending, { fwd: 'uri-miss' });
    return this.joinFlight(pending, attempt + 1);
  }

  /** HEAD waits for nobody, and takes a page that is being stored right now. */
  private async head(pending: PendingRequest, flight: Flight | undefined): Promise<Observable<unknown>> {
    const settled = flight?.settledWith;
    if (settled?.kind === 'page' && this.fits(pending, settled.found) && (await flight!.isCurrent()))
      return this.send(pending, settled.found, {});
    return this.alone(pending);
  }

  /** A lookup and a run of its own. */
  private async alone(pending: PendingRequest): Promise<Observable<unknown>> {
    const lookup = await this.store.lookUp(pending.wanted);
    return lookup.found && this.fits(pending, lookup.found) ? this.send(pending, lookup.found, {}) : this.miss(pending, lookup);
  }

  private async lead(pending: PendingRequest, flight: Flight): Promise<Observable<unknown>> {
    const lookup = await this.store.lookUp(pending.wanted);
    const { found } = lookup;
    if (!found || !this.isServed(pending, found)) return this.miss(pending, lookup, flight);
    flight.settle({ kind: 'page', found, isMade: false });
    flight.end();
    return this.fits(pending, found) ? this.send(pending, found, {}) : this.miss(pending, lookup);
  }

  private async miss(pending: PendingRequest, lookup: MissedLookup, flight?: Flight): Promise<Observable<unknown>> {
    const { found, fwd, seen } = lookup;
    if (!pending.asks.onlyIfCached) {
      const why = found ? (leftMsOf(found) > 0 ? 'request' : 'stale') : fwd;
      const stale = found && this.insteadOfError(pending, found);
      return this.runs.run(pending, { fwd: why, flight, stale, seen });
    }
    flight?.end();
    const status = this.config.cacheStatus ? ({ fwd, detail: 'only-if-cached' } as const) : undefined;
    pending.exchange.replaceNext(() => noPage(pending.exchange.headers(), status));
    return of(undefined);
  }

  /** Whether a page is what this very request would get from a lookup. */
  private fits(pending: PendingRequest, found: FoundPage): boolean {
    if (!this.isPageOf(pending, found)) return false;
    const leftMs = leftMsOf(found);
    if (leftMs > 0) return satisfies(pending.asks, ageMsOf(found), leftMs);
    return this.isServed(pending, found) && acceptsStale(pending.asks);
  }

  /** Whether a page may be sent at all: it is fresh, or it can be made anew meanwhile. */
  private isServed({ exchange }: PendingRequest, found: FoundPage): boolean {
    return leftMsOf(found) > 0 || (isStaleWithin(found, 'whileRevalidateMs') && serverOf(exchange.raw) !== undefined);
  }

  private insteadOfError(pending: PendingRequest, found: FoundPage): FoundPage | undefined {
    const may = this.isPageOf(pending, found) && isStaleWithin(found, 'ifErrorMs') && acceptsStale(pending.asks);
    return may ? found : undefined;
  }

  private isPageOf({ wanted }: PendingRequest, { page }: FoundPage): boolean {
    const { identity, request } = wanted;
    return page.identity === identity.text && page.variant === varyingValues(page.vary, request, this.config);
  }

  private send(pending: PendingRequest, found: FoundPage, status: CacheStatus): Observable<unknown> {
    const { exchange, wanted, asks } = pending;
    const { page } = found;
    const { headers: request } = wanted.request;
    const said = this.config.cacheStatus ? status : undefined;
    if (leftMsOf(found) <= 0 && status.detail === undefined && !asks.onlyIfCached) this.refresh(pending, page.vary);
    exchange.replaceNext(() => {
      const before = { vary: exchange.header('vary'), 'cache-status': exchange.header('cache-status') };
      return replyOf(found, { before, request, nowMs: this.clock.wallMs(), status: said });
    });
    const type = page.headers.find(([name]) => name === 'content-type')?.[1];
    return of(lazyBody(page.body, typeof type === 'string' ? type : ''));
  }

  /** Makes a stale page anew by a request of its own, through the whole application. */
  private refresh({ exchange, wanted }: PendingRequest, vary: readonly string[]): void {
    const server = serverOf(exchange.raw);
    if (!server) return;
    this.refreshes.begin(this.runs.flightKey(wanted), async () => {
      let isMade = false;
      try {
        const without = headersOfOne(wanted.request, wanted.rules, vary, this.config);
        const inner = new InnerRequest(exchange.raw, wanted.request.url, without);
        this.refreshing.set(inner.request, () => (isMade = true));
        await inner.send(server, REFRESH_MS);
      } catch (error) {
        publishIgnoredError({ alias: wanted.rules.cache, operation: 'page', error });
      }
      return { isMade };
    });
  }
}
