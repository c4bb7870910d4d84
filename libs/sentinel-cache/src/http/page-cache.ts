import { catchError, finalize, Observable, of, throwError } from 'rxjs';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { addCacheStatus, type CacheStatus } from '../headers/cache-status.js';
import type { Clock } from '../time/clock.js';
import { ageMsOf, leftMsOf, type FoundPage } from './entry/found-page.js';
import { PageFlights, type Flight } from './flight/page-flights.js';
import { pageIdentity } from './key/page-identity.js';
import { varyingValues } from './key/varying-values.js';
import { encodedLate, PageAnswer, type MadePage } from './page-answer.js';
import { replyOf } from './page-hit.js';
import { PageStore, type Lookup, type PageRequest } from './page-store.js';
import type { PageExchange } from './platform/exchange.js';
import { lazyBody } from './platform/lazy-body.js';
import { directivesOf, satisfies, type RequestDirectives } from './policy/request-directives.js';
import type { Reason } from './policy/reasons.js';
import { judgeRequest } from './policy/request-verdict.js';
import type { PagesConfig, RouteRules } from './policy/route-rules.js';

/** Runs the handler, with the interceptors inside this one. */
export type RunHandler = () => Observable<unknown>;

/** The rules of a route, and the name that `@CacheKey` gives this request. */
export interface PageRoute {
  readonly rules: RouteRules;
  readonly name: string | undefined;
}

/** One request on its way: what it asks for, and how it is answered. */
interface PendingRequest {
  readonly exchange: PageExchange;
  readonly wanted: PageRequest;
  readonly asks: RequestDirectives;
  readonly run: RunHandler;
}

const OBEYS_NOBODY: RequestDirectives = directivesOf({ headers: {} } as Parameters<typeof directivesOf>[0]);
/** How often a request waits for a leader that goes away before it runs alone. */
const MOST_ATTEMPTS = 3;

/** Answers requests from stored pages, and stores what handlers answer. */
export class PageCache {
  private readonly store: PageStore;
  private readonly flights = new PageFlights();

  constructor(
    caches: SentinelCaches,
    readonly config: PagesConfig,
    private readonly clock: Clock,
  ) {
    this.store = new PageStore(caches, config);
  }

  /** Resolves to what the handler, or a stored page, answers. Never rejects; the Observable may. */
  async answer(exchange: PageExchange, { rules, name }: PageRoute, run: RunHandler): Promise<Observable<unknown>> {
    const { request } = exchange;
    const verdict = judgeRequest(request, rules, this.config);
    const asks = this.config.requestDirectives ? directivesOf(request) : OBEYS_NOBODY;
    if (verdict.does === 'pass' || asks.noStore) {
      this.sayBypass(exchange, verdict.does === 'pass' ? verdict.reason : 'no-store');
      return run();
    }
    const pending: PendingRequest = {
      exchange,
      wanted: { request, rules, identity: pageIdentity(request, rules, name) },
      asks,
      run,
    };
    if (verdict.does === 'personal') return this.runHandler(pending, { fwd: 'bypass' }, verdict.reason);
    if (request.method === 'HEAD') return this.alone(pending);
    return asks.noCache ? this.runHandler(pending, { fwd: 'request' }) : this.joinFlight(pending, 1);
  }

  private sayBypass(exchange: PageExchange, detail: Reason): void {
    if (!this.config.cacheStatus) return;
    const fwd = detail === 'method' ? 'method' : detail === 'no-store' ? 'request' : 'bypass';
    exchange.setHeader('cache-status', addCacheStatus(exchange.headers()['cache-status'], { fwd, detail }));
  }

  /** One lookup and one run for all who ask for a page at a time. */
  private async joinFlight(pending: PendingRequest, attempt: number): Promise<Observable<unknown>> {
    const joined = this.flights.join(this.flightKey(pending.wanted));
    if (joined.role === 'alone') return this.alone(pending);
    if (joined.role === 'leader') return this.lead(pending, joined.flight);
    const outcome = await joined.outcome;
    if (outcome.kind === 'error') return throwError(() => outcome.error);
    if (outcome.kind === 'page' && this.fits(pending, outcome.found)) {
      const isCollapsed = joined.isUnderWay && outcome.isMade;
      return this.send(pending, outcome.found, isCollapsed ? { fwd: 'uri-miss', collapsed: true } : {});
    }
    // It is the page, and not what this request asks for.
    if (outcome.kind === 'page' && this.isPageOf(pending, outcome.found))
      return this.miss(pending, { ...outcome, fwd: 'uri-miss' });
    if (outcome.kind === 'unstored' || attempt === MOST_ATTEMPTS) return this.runHandler(pending, { fwd: 'uri-miss' });
    return this.joinFlight(pending, attempt + 1);
  }

  /** A lookup and a run of its own. */
  private async alone(pending: PendingRequest): Promise<Observable<unknown>> {
    const lookup = await this.store.lookUp(pending.wanted);
    return lookup.found && this.fits(pending, lookup.found) ? this.send(pending, lookup.found, {}) : this.miss(pending, lookup);
  }

  private async lead(pending: PendingRequest, flight: Flight): Promise<Observable<unknown>> {
    const lookup = await this.store.lookUp(pending.wanted);
    const { found } = lookup;
    if (found) {
      flight.settle({ kind: 'page', found, isMade: false });
      flight.end();
      if (this.fits(pending, found)) return this.send(pending, found, {});
    }
    return this.miss(pending, lookup, found ? undefined : flight);
  }

  private miss(pending: PendingRequest, { found, fwd }: Pick<Lookup, 'found' | 'fwd'>, flight?: Flight): Observable<unknown> {
    if (!pending.asks.onlyIfCached) return this.runHandler(pending, { fwd: found ? 'request' : fwd }, undefined, flight);
    flight?.end();
    const status = this.config.cacheStatus
      ? { 'cache-status': addCacheStatus(pending.exchange.headers()['cache-status'], { fwd, detail: 'only-if-cached' }) }
      : {};
    pending.exchange.replaceNext(
      () => ({ status: 504, headers: status, body: Buffer.alloc(0) }),
      pending.wanted.rules.sends,
      () => ({}),
    );
    return of(undefined);
  }

  /** Whether a page is what this very request would get from a lookup. */
  private fits(pending: PendingRequest, found: FoundPage): boolean {
    const leftMs = leftMsOf(found);
    return leftMs > 0 && this.isPageOf(pending, found) && satisfies(pending.asks, ageMsOf(found), leftMs);
  }

  private isPageOf({ wanted }: PendingRequest, { page }: FoundPage): boolean {
    const { identity, request } = wanted;
    return page.identity === identity.text && page.variant === varyingValues(page.vary, request, this.config);
  }

  private flightKey(wanted: PageRequest): string {
    return `${wanted.identity.digest}.${this.store.variantOf(wanted)}`;
  }

  private send({ exchange, wanted }: PendingRequest, found: FoundPage, status: CacheStatus): Observable<unknown> {
    const { page } = found;
    const { rules, request } = wanted;
    const said = this.config.cacheStatus ? status : undefined;
    const stored = Object.fromEntries(page.headers);
    exchange.replaceNext(
      () => replyOf(found, { before: exchange.headers(), request: request.headers, nowMs: this.clock.wallMs(), status: said }),
      rules.sends,
      (headers) => encodedLate(stored, headers),
    );
    const type = stored['content-type'];
    return of(lazyBody(page.body, typeof type === 'string' ? type : ''));
  }

  private runHandler(
    { exchange, wanted, run }: PendingRequest,
    { fwd }: { readonly fwd: NonNullable<CacheStatus['fwd']> },
    personal?: Reason,
    flight?: Flight,
  ): Observable<unknown> {
    const { config, clock } = this;
    const context = { ...wanted, config, clock, fwd, personal, before: { ...exchange.headers() } };
    const mayStore = wanted.request.method === 'GET';
    const preconditions = exchange.preconditions.hide();
    const answer = new PageAnswer({ ...context, mayStore, preconditions }, (made) => this.made(wanted, made, flight));
    exchange.watch(answer);
    let isDone = false;
    return run().pipe(
      catchError((error: unknown) => {
        isDone = true;
        answer.thrown();
        flight?.settle({ kind: 'error', error });
        flight?.end();
        return throwError(() => error);
      }),
      (source) =>
        new Observable((subscriber) =>
          source.subscribe({
            next: (value) => subscriber.next(value),
            error: (error: unknown) => subscriber.error(error),
            complete: () => ((isDone = true), subscriber.complete()),
          }),
        ),
      // The client went away, and Nest with it: somebody else makes the page.
      finalize(() => (isDone ? undefined : flight?.end())),
    );
  }

  /** The head is out. The store never delays the answer; the flight stays open until it has settled. */
  private made(wanted: PageRequest, made: MadePage, flight: Flight | undefined): void {
    if (!('page' in made)) {
      flight?.settle({ kind: 'unstored' });
      flight?.end();
      return;
    }
    const { page } = made;
    const outcome = { kind: 'page', found: { page, leftMs: page.lifetimeMs, atMs: performance.now() }, isMade: true } as const;
    this.store.learn(wanted, page);
    flight?.settle(outcome);
    const open = flight ?? this.flights.openSettled(this.flightKey(wanted), outcome);
    void this.store.store(wanted, page).finally(() => open.end());
  }
}
