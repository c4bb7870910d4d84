import { addCacheStatus, type CacheStatus } from '../headers/cache-status.js';
import { formatHttpDate } from '../headers/http-date.js';
import { strongEtag } from '../headers/etag.js';
import type { HeaderValue } from '../headers/cache-control.js';
import type { Clock } from '../time/clock.js';
import type { FoundPage } from './entry/found-page.js';
import type { Page } from './entry/page.js';
import { StreamCopy, type CopyBudget } from './entry/stream-copy.js';
import { varyingValues } from './key/varying-values.js';
import { conditional, pageOf, replacing } from './page-changes.js';
import { replyOf } from './page-hit.js';
import type { WholeResponse, ResponseChange, ResponseWatcher, StreamChange } from './platform/exchange.js';
import type { Headers, PageLifetime } from './policy/response-lifetime.js';
import { isWhole, judgeResponse, judgeHead, whyForbidden, whyNoPage, type ResponseFacts } from './policy/response-verdict.js';
import { cacheabilityOf, type HeaderChanges } from './policy/freshness-headers.js';
import { declaredVary, learnedVary, repeatsVary } from './policy/learned-vary.js';
import type { Reason } from './policy/reasons.js';
import { encodedLate } from './policy/stored-headers.js';
import { saysWhoShares } from './policy/request-verdict.js';
import type { PagesConfig } from './policy/route-rules.js';
import { isFailure, staleHeadersOf, staleRulesOf } from './policy/stale-rules.js';
import type { PageRequest } from './page-store.js';

/** What a response is judged by, beside itself. */
export interface ResponseContext extends PageRequest {
  readonly config: PagesConfig;
  readonly clock: Clock;
  readonly copies: CopyBudget;
  /** The headers that stood there before the handler ran. */
  readonly before: Headers;
  /** The preconditions of the request. */
  readonly preconditions: Headers;
  /** Why the request is personal; undefined when it is not. */
  readonly personal: Reason | undefined;
  /** Why the handler runs. */
  readonly fwd: NonNullable<CacheStatus['fwd']>;
  /** Why nothing is stored whatever is answered; with `outage` those who wait get the page all the same. */
  readonly unstorable: Reason | undefined;
  /** What is sent instead of an error. */
  readonly stale: FoundPage | undefined;
}

/** How a response ended: a page to store, a stale page in its place, or why it is no page. */
export type MadePage = { readonly page: Page } | { readonly stale: FoundPage } | { readonly unstored: Reason };

/** Who is told of a response. */
export interface ResponseListener {
  /** Its head is out, and its body flows as fast as its client reads: it is a page only once it has ended. */
  onFlow(): void;
  /** It has ended, once for each response. */
  onMade(made: MadePage): void;
}

/** What a response becomes unless its head forbids it. */
interface Candidate {
  /** Undefined while its body still flows. */
  readonly page: Page | undefined;
  readonly lifetime: PageLifetime;
  readonly sent: Headers;
  readonly vary: Pick<Page, 'vary' | 'variant'>;
  /** The Content-Length that left, of a body that nothing has encoded on its way. */
  readonly length?: HeaderValue;
}

const VARIES_ON_NOTHING = Object.freeze({ vary: [], variant: '' });

/**
 * Looks on while a handler's response leaves, and makes a page of it.
 *
 * It is judged twice: when the whole body is there, or a stream begins, and when the head leaves, since
 * sessions set their cookie at the last moment. What was added for a page that is none after all is taken
 * back.
 */
export class PageResponse implements ResponseWatcher {
  private isThrown = false;
  private made: Candidate | undefined;
  private instead: FoundPage | undefined;
  private unstored: Reason = 'stream';
  private asItCame: HeaderChanges = {};
  private isTold = false;
  private isVaryRepeated = false;

  constructor(
    private readonly context: ResponseContext,
    private readonly listener: ResponseListener,
  ) {}

  /** An error was thrown: what is answered is not stored. */
  thrown(): void {
    this.isThrown = true;
  }

  onVary(value: HeaderValue): void {
    this.isVaryRepeated ||= repeatsVary(this.context.before, value);
  }

  onWholeResponse(response: WholeResponse): ResponseChange {
    const { stale, preconditions, fwd, unstorable } = this.context;
    if (stale && isFailure(response.status)) return this.staleInstead(response, stale);
    const facts = this.factsOf(response.status, response.headers);
    const { headers } = facts;
    const verdict = judgeResponse(facts, response.body);
    if (!verdict.stores || (unstorable && unstorable !== 'outage')) {
      this.unstored = verdict.stores ? unstorable! : verdict.reason;
      const changes = { ...this.declared(response.headers), ...this.whenUnstored(headers) };
      const etag = response.headers['etag'] ?? response.platformEtag;
      return conditional(response.status, preconditions, { ...headers, etag }, changes);
    }
    const added = {
      ...this.declared(response.headers),
      ...this.addedTo(headers, response.body, verdict.lifetime),
      // A hit repeats it.
      date: headers['date'] ?? formatHttpDate(this.context.clock.wallMs()),
    };
    this.asItCame = Object.fromEntries(Object.keys(added).map((name) => [name, headers[name]]));
    this.made = {
      page: this.pageOf(response, { ...headers, ...added }, verdict.lifetime),
      lifetime: verdict.lifetime,
      sent: headers,
      vary: VARIES_ON_NOTHING,
    };
    const status = this.status(headers, unstorable ? { fwd, detail: unstorable } : { fwd, stored: true });
    return conditional(response.status, preconditions, { ...headers, ...added }, { ...added, ...status });
  }

  onStream(status: number, given: Headers): StreamChange {
    const facts = this.factsOf(status, given);
    const { rules, unstorable } = this.context;
    const { streamBytes } = rules;
    const verdict = judgeHead(facts);
    this.unstored = verdict.stores ? (unstorable ?? 'stream') : verdict.reason;
    const isTooLong = Number(given['content-length'] ?? 0) > streamBytes;
    if (!verdict.stores || unstorable || streamBytes === 0 || isTooLong)
      return { headers: { ...this.declared(given), ...this.whenUnstored(facts.headers) } };
    this.made = { page: undefined, lifetime: verdict.lifetime, sent: facts.headers, vary: VARIES_ON_NOTHING };
    const copy = new StreamCopy(streamBytes, this.context.copies, (body) => this.streamed(facts, body));
    return { headers: { ...this.declared(given), ...this.status(given, { fwd: this.context.fwd }) }, copy };
  }

  beforeHead(headers: Headers): HeaderChanges {
    if (!this.made) return {};
    const { sent } = this.made;
    const { before, rules, request, config } = this.context;
    const forbidden = whyForbidden(headers, this.context.personal) ?? this.touchedSession(sent, headers);
    const vary = learnedVary({ before, sent, late: headers, isRepeated: this.isVaryRepeated }, rules);
    if (forbidden || !vary) {
      this.made = undefined;
      this.unstored = forbidden ?? 'vary';
      return { ...this.takenBack(headers), ...this.whenUnstored({ ...headers, ...this.takenBack(headers) }) };
    }
    const length = headers['content-encoding'] === sent['content-encoding'] ? headers['content-length'] : undefined;
    this.made = { ...this.made, vary: { vary, variant: varyingValues(vary, request, config) }, length };
    return encodedLate(sent, headers);
  }

  afterHead(headers: Headers): void {
    const { made, instead } = this;
    const late = made && whyForbidden(headers, this.context.personal);
    if (late) this.made = undefined;
    if (instead) this.tell({ stale: instead });
    else if (late || !made) this.tell({ unstored: late || this.unstored });
    else if (made.page) this.tell({ page: { ...made.page, ...made.vary } });
    else this.listener.onFlow();
  }

  /** A stream has ended, maybe before its head was out. */
  private streamed(facts: ResponseFacts, body: Buffer | undefined): void {
    const { made } = this;
    const reason = body && isWhole(body, facts.headers['content-length'], made?.length) ? whyNoPage(facts, body) : 'stream';
    if (!made || !body || reason) {
      this.made = undefined;
      this.tell({ unstored: reason ?? this.unstored });
      return;
    }
    const headers = { ...facts.headers, ...this.addedTo(facts.headers, body, made.lifetime) };
    this.tell({ page: { ...this.pageOf({ status: facts.status, body }, headers, made.lifetime), ...made.vary } });
  }

  private tell(made: MadePage): void {
    if (this.isTold) return;
    this.isTold = true;
    this.listener.onMade(made);
  }

  private staleInstead(response: WholeResponse, stale: FoundPage): ResponseChange {
    const { before, preconditions, config, clock } = this.context;
    const status: CacheStatus = { fwd: 'stale', detail: 'stale-if-error' };
    this.instead = stale;
    const told = config.cacheStatus ? status : undefined;
    return replacing(response, before, replyOf(stale, { before, request: preconditions, nowMs: clock.wallMs(), status: told }));
  }

  private factsOf(status: number, given: Headers): ResponseFacts {
    const { rules, personal, config, clock } = this.context;
    const headers = { ...given, ...this.declared(given) };
    const { defaultLifetimeMs: defaultMs } = config;
    const { lifetime: route, maxBody } = rules;
    return { status, headers, isThrown: this.isThrown, personal, route, defaultMs, maxBody, nowMs: clock.wallMs() };
  }

  /** What is added to a response that is stored, or handed to those who wait. */
  private addedTo(headers: Headers, body: Buffer, lifetime: PageLifetime): HeaderChanges {
    if (this.context.unstorable) return { etag: headers['etag'] ?? strongEtag(body) };
    const cacheability = cacheabilityOf(headers, lifetime, this.context.clock.wallMs());
    const stale = staleHeadersOf({ ...headers, ...cacheability }, staleRulesOf(headers, this.context.rules));
    return { ...cacheability, ...stale, etag: headers['etag'] ?? strongEtag(body) };
  }

  private pageOf(response: Pick<Page, 'status' | 'body'>, headers: Headers, lifetime: PageLifetime): Page {
    const { context } = this;
    return pageOf({ ...response, headers, lifetime, stale: staleRulesOf(headers, context.rules), context });
  }

  /** Headers that the route's decorators declare. */
  private declared(headers: Headers): HeaderChanges {
    return declaredVary(headers, this.context.rules);
  }

  /** A session that was read adds `Vary: Cookie` as the head leaves. */
  private touchedSession(sent: Headers, late: Headers): Reason | undefined {
    const { rules, config, before } = this.context;
    if (saysWhoShares(rules, config) || /\bcookie\b/i.test(String(sent['vary'] ?? ''))) return undefined;
    const isTouched = /\bcookie\b/i.test(String(late['vary'] ?? '')) && !/\bcookie\b/i.test(String(before['vary'] ?? ''));
    return isTouched ? 'session' : undefined;
  }

  private takenBack(headers: Headers): HeaderChanges {
    const isOurs = (name: string): boolean =>
      name !== 'vary' && name !== 'etag' && name !== 'date' && headers[name] !== undefined;
    return Object.fromEntries(Object.entries(this.asItCame).filter(([name]) => isOurs(name)));
  }

  /** A personal response that says nothing about caches is private. */
  private whenUnstored(headers: Headers): HeaderChanges {
    const { personal, fwd } = this.context;
    const isPersonal = personal !== undefined || this.unstored === 'session';
    const isPrivate = isPersonal && headers['cache-control'] === undefined;
    return {
      ...(isPrivate ? { 'cache-control': 'private' } : {}),
      ...this.status({ ...headers, 'cache-status': this.context.before['cache-status'] }, { fwd, detail: this.unstored }),
    };
  }

  private status(headers: Headers, status: CacheStatus): HeaderChanges {
    return this.context.config.cacheStatus ? { 'cache-status': addCacheStatus(headers['cache-status'], status) } : {};
  }
}
