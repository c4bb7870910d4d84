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
import { PageStore, type Lookup, type PageQuestion } from './page-store.js';
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
interface Visit {
  readonly exchange: PageExchange;
  readonly question: PageQuestion;
  readonly asks: RequestDirectives;
  readonly run: RunHandler;
}

const OBEYS_NOBODY: RequestDirectives = directivesOf({ headers: {} } as Parameters<typeof directivesOf>[0]);
/** How often a request waits for one that goes away before it runs alone. */
const MOST_BOARDINGS = 3;

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
    const visit: Visit = { exchange, question: { request, rules, identity: pageIdentity(request, rules, name) }, asks, run };
    if (verdict.does === 'personal') return this.runHandler(visit, { fwd: 'bypass' }, verdict.reason);
    if (request.method === 'HEAD') return this.alone(visit);
    return asks.noCache ? this.runHandler(visit, { fwd: 'request' }) : this.board(visit, 1);
  }

  private sayBypass(exchange: PageExchange, detail: Reason): void {
    if (!this.config.cacheStatus) return;
    const fwd = detail === 'method' ? 'method' : detail === 'no-store' ? 'request' : 'bypass';
    exchange.setHeader('cache-status', addCacheStatus(exchange.headers()['cache-status'], { fwd, detail }));
  }

  /** One lookup and one run for all who ask for a page at a time. */
  private async board(visit: Visit, boardings: number): Promise<Observable<unknown>> {
    const ticket = this.flights.board(this.flightKey(visit.question));
    if (ticket.role === 'alone') return this.alone(visit);
    if (ticket.role === 'leader') return this.lead(visit, ticket.flight);
    const outcome = await ticket.outcome;
    if (outcome.kind === 'error') return throwError(() => outcome.error);
    if (outcome.kind === 'page' && this.fits(visit, outcome.found)) {
      const isCollapsed = ticket.isUnderWay && outcome.isMade;
      return this.send(visit, outcome.found, isCollapsed ? { fwd: 'uri-miss', collapsed: true } : {});
    }
    // It is the page, and not what this request asks for.
    if (outcome.kind === 'page' && this.isPageOf(visit, outcome.found)) return this.miss(visit, { ...outcome, fwd: 'uri-miss' });
    if (outcome.kind === 'unstored' || boardings === MOST_BOARDINGS) return this.runHandler(visit, { fwd: 'uri-miss' });
    return this.board(visit, boardings + 1);
  }

  /** A lookup and a run of its own. */
  private async alone(visit: Visit): Promise<Observable<unknown>> {
    const lookup = await this.store.lookUp(visit.question);
    return lookup.found && this.fits(visit, lookup.found) ? this.send(visit, lookup.found, {}) : this.miss(visit, lookup);
  }

  private async lead(visit: Visit, flight: Flight): Promise<Observable<unknown>> {
    const lookup = await this.store.lookUp(visit.question);
    const { found } = lookup;
    if (found) {
      flight.settle({ kind: 'page', found, isMade: false });
      flight.end();
      if (this.fits(visit, found)) return this.send(visit, found, {});
    }
    return this.miss(visit, lookup, found ? undefined : flight);
  }

  private miss(visit: Visit, { found, fwd }: Pick<Lookup, 'found' | 'fwd'>, flight?: Flight): Observable<unknown> {
    if (!visit.asks.onlyIfCached) return this.runHandler(visit, { fwd: found ? 'request' : fwd }, undefined, flight);
    flight?.end();
    const status = this.config.cacheStatus
      ? { 'cache-status': addCacheStatus(visit.exchange.headers()['cache-status'], { fwd, detail: 'only-if-cached' }) }
      : {};
    visit.exchange.replaceNext(
      () => ({ status: 504, headers: status, body: Buffer.alloc(0) }),
      visit.question.rules.sends,
      () => ({}),
    );
    return of(undefined);
  }

  /** Whether a page is what this very request would get from a lookup. */
  private fits(visit: Visit, found: FoundPage): boolean {
    const leftMs = leftMsOf(found);
    return leftMs > 0 && this.isPageOf(visit, found) && satisfies(visit.asks, ageMsOf(found), leftMs);
  }

  private isPageOf({ question }: Visit, { page }: FoundPage): boolean {
    const { identity, request } = question;
    return page.identity === identity.text && page.variant === varyingValues(page.vary, request, this.config);
  }

  private flightKey(question: PageQuestion): string {
    return `${question.identity.digest}.${this.store.variantOf(question)}`;
  }

  private send({ exchange, question }: Visit, found: FoundPage, status: CacheStatus): Observable<unknown> {
    const { page } = found;
    const { rules, request } = question;
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
    { exchange, question, run }: Visit,
    { fwd }: { readonly fwd: NonNullable<CacheStatus['fwd']> },
    personal?: Reason,
    flight?: Flight,
  ): Observable<unknown> {
    const { config, clock } = this;
    const context = { ...question, config, clock, fwd, personal, before: { ...exchange.headers() } };
    const mayStore = question.request.method === 'GET';
    const preconditions = exchange.preconditions.hide();
    const answer = new PageAnswer({ ...context, mayStore, preconditions }, (made) => this.made(question, made, flight));
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
  private made(question: PageQuestion, made: MadePage, flight: Flight | undefined): void {
    if (!('page' in made)) {
      flight?.settle({ kind: 'unstored' });
      flight?.end();
      return;
    }
    const { page } = made;
    const outcome = { kind: 'page', found: { page, leftMs: page.lifetimeMs, atMs: performance.now() }, isMade: true } as const;
    this.store.learn(question, page);
    flight?.settle(outcome);
    const open = flight ?? this.flights.land(this.flightKey(question), outcome);
    void this.store.store(question, page).finally(() => open.end());
  }
}
