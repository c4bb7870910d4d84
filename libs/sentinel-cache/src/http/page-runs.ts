import { catchError, finalize, tap, throwError, type Observable } from 'rxjs';

import type { CacheStatus } from '../headers/cache-status.js';
import type { Clock } from '../time/clock.js';
import { foundPage, keptMsOf, type FoundPage } from './entry/found-page.js';
import { CopyBudget } from './entry/stream-copy.js';
import type { SeenTags } from './entry/page.js';
import type { Flight, FlightOutcome, PageFlights } from './flight/page-flights.js';
import { PageResponse, type ResponseListener, type MadePage } from './page-response.js';
import type { PageEvictions } from './page-evictions.js';
import type { PageRequest, PageStore } from './page-store.js';
import type { PageExchange } from './platform/exchange.js';
import type { RequestDirectives } from './policy/request-directives.js';
import type { Reason } from './policy/reasons.js';
import type { PagesConfig } from './policy/route-rules.js';
import type { UnkeyedReads } from './watch/unkeyed-reads.js';

/**
 * How long others wait for a stream once its head is out, in milliseconds. It flows as fast as its client
 * reads, which may be never.
 */
const LONGEST_FLOW_MS = 1000;

/** Runs the handler, with the interceptors inside this one. */
export type RunHandler = () => Observable<unknown>;

/** One request on its way: what it asks for, and how it is answered. */
export interface PendingRequest {
  readonly exchange: PageExchange;
  readonly wanted: PageRequest;
  readonly asks: RequestDirectives;
  readonly run: RunHandler;
}

/** Why the handler runs, and who is concerned. */
export interface RunReason {
  readonly fwd: NonNullable<CacheStatus['fwd']>;
  /** Why the request is personal. */
  readonly personal?: Reason | undefined;
  /** Those who wait for its page. */
  readonly flight?: Flight | undefined;
  /** The generations of its tags, where a lookup has seen them. */
  readonly seen?: SeenTags | undefined;
  /** What is sent instead of an error. */
  readonly stale?: FoundPage | undefined;
  /** Called when it has made a page. */
  readonly onPage?: () => void;
}

/** What runs need. */
export interface RunParts {
  readonly store: PageStore;
  readonly flights: PageFlights;
  readonly evictions: PageEvictions;
  readonly unkeyed: UnkeyedReads;
  readonly config: PagesConfig;
  readonly clock: Clock;
}

/** Runs handlers, and hands their responses to those who wait and to the store. */
export class PageRuns {
  private readonly copies = new CopyBudget();
  /** Routes whose last response to a personal request was a page for nobody else. */
  private readonly unshared = new Set<string>();

  constructor(private readonly parts: RunParts) {}

  /** Which flight a request joins. */
  flightKey(wanted: PageRequest): string {
    return `${wanted.identity.digest}.${this.parts.store.variantOf(wanted)}`;
  }

  /**
   * Runs the handler once the generations of its page's tags are known, and looks on while its response
   * leaves. A personal request pays for that only until such responses are known to be for nobody else. Never
   * rejects.
   */
  async run(pending: PendingRequest, reason: RunReason): Promise<Observable<unknown>> {
    const { wanted } = pending;
    const { method } = wanted.request;
    const isStored = method === 'GET' && (reason.personal === undefined || !this.unshared.has(wanted.rules.route));
    if (!isStored || reason.seen) return this.start(pending, reason);
    return this.start(pending, { ...reason, seen: await this.parts.store.see(wanted) });
  }

  private start(pending: PendingRequest, reason: RunReason): Observable<unknown> {
    const { exchange, wanted, run } = pending;
    const { flight, seen } = reason;
    const evicted = this.parts.evictions.count;
    if (seen) flight?.began(() => this.parts.store.isCurrent(wanted, seen));
    let failure: FlightOutcome | undefined;
    const response = this.watch(exchange, wanted, reason, {
      onFlow: () => flight?.endWithin(LONGEST_FLOW_MS),
      onMade: (made) => this.made(pending, made, { ...reason, failure, evicted }),
    });
    let isDone = false;
    return run().pipe(
      catchError((error: unknown) => {
        isDone = true;
        response.thrown();
        failure = { kind: 'error', error };
        // With a stale page at hand it depends on how a filter answers the error.
        if (!reason.stale) end(flight, failure);
        return throwError(() => error);
      }),
      tap({ complete: () => (isDone = true) }),
      // The client went away, and Nest with it: somebody else makes the page.
      finalize(() => (isDone ? undefined : flight?.end())),
    );
  }

  private watch(
    exchange: PageExchange,
    wanted: PageRequest,
    { fwd, personal, stale, seen }: RunReason,
    listener: ResponseListener,
  ): PageResponse {
    const { config, clock } = this.parts;
    const { copies } = this;
    const before = { ...exchange.headers() };
    const unstorable = this.whyUnstorable(wanted, seen);
    const preconditions = exchange.preconditions.hide();
    const context = { ...wanted, config, clock, copies, fwd, personal, stale, before, unstorable, preconditions };
    const response = new PageResponse(context, listener);
    exchange.watch(response);
    return response;
  }

  private whyUnstorable(wanted: PageRequest, seen: SeenTags | undefined): Reason | undefined {
    if (wanted.request.method !== 'GET') return 'head';
    if (!seen) return 'personal';
    return this.parts.store.mayStore(wanted, seen) ? undefined : 'outage';
  }

  /** The head is out. The store never delays the response; the flight stays open until it has settled. */
  private made(
    { exchange, wanted }: PendingRequest,
    made: MadePage,
    { flight, failure, evicted, personal, seen, onPage }: RunReason & { failure: FlightOutcome | undefined; evicted: number },
  ): void {
    if ('stale' in made) return end(flight, { kind: 'stale', found: made.stale });
    if ('unstored' in made) {
      if (made.unstored === 'personal') this.unshared.delete(wanted.rules.route);
      else if (personal) this.unshared.add(wanted.rules.route);
      return end(flight, failure ?? { kind: 'unstored', seen });
    }
    const { page } = made;
    const outcome: FlightOutcome = { kind: 'page', found: foundPage(page, keptMsOf(page)), isMade: true };
    const { request, rules, tags } = wanted;
    const { store, flights, unkeyed, evictions } = this.parts;
    onPage?.();
    unkeyed.judge({ raw: exchange.raw, request, rules, page, isPersonal: personal !== undefined });
    store.learn(wanted, page);
    flight?.settle(outcome);
    // Nobody could drop it, or it may not be stored yet: no round trip holds the flight open.
    if (!seen || seen === 'outage' || !store.mayStore(wanted, seen)) return flight?.end();
    // Those who ask next know what it varies on, and ask for that variant.
    const key = this.flightKey(wanted);
    const isOpen = flight?.key === key || evictions.count !== evicted;
    const next = isOpen ? undefined : flights.openSettled(key, tags, outcome);
    next?.began(() => store.isCurrent(wanted, seen));
    void store.store(wanted, page, seen).finally(() => {
      flight?.end();
      next?.end();
    });
  }
}

function end(flight: Flight | undefined, outcome: FlightOutcome): void {
  flight?.settle(outcome);
  flight?.end();
}
