import { addCacheStatus, type CacheStatus } from '../headers/cache-status.js';
import { strongEtag, weakEtag } from '../headers/etag.js';
import { patchCacheControl, type HeaderValue } from '../headers/cache-control.js';
import { patchVary } from '../headers/vary.js';
import type { Clock } from '../time/clock.js';
import type { Page } from './entry/page.js';
import { varyingValues } from './key/varying-values.js';
import type { Answer, AnswerChange, AnswerWatcher } from './platform/exchange.js';
import type { Headers, PageLifetime } from './policy/answer-lifetime.js';
import { judgeAnswer, whyForbidden } from './policy/answer-verdict.js';
import { cacheabilityOf, type HeaderChanges } from './policy/freshness-headers.js';
import { learnedVary } from './policy/learned-vary.js';
import { ABOUT_THE_BODY, judgePreconditions } from './policy/preconditions.js';
import type { Reason } from './policy/reasons.js';
import { saysWhoShares } from './policy/request-verdict.js';
import type { PagesConfig } from './policy/route-rules.js';
import { storedHeaders } from './policy/stored-headers.js';
import type { PageRequest } from './page-store.js';

/** What an answer is judged by, beside itself. */
export interface AnswerContext extends PageRequest {
  readonly config: PagesConfig;
  readonly clock: Clock;
  /** The headers that stood there before the handler ran. */
  readonly before: Headers;
  /** The preconditions of the request. */
  readonly preconditions: Headers;
  /** Why the request is personal; undefined when it is not. */
  readonly personal: Reason | undefined;
  /** Why the handler runs. */
  readonly fwd: NonNullable<CacheStatus['fwd']>;
  /** Whether nothing may be stored, as for HEAD. */
  readonly mayStore: boolean;
}

/** How an answer ended: a page to store, or why it is none. */
export type MadePage = { readonly page: Page } | { readonly unstored: Reason };

/**
 * Looks on while a handler's answer leaves, and makes a page of it.
 *
 * It is judged twice: when the whole body is there, and when the head leaves, since sessions set their cookie
 * at the last moment. What was added for a page that is none after all is taken back.
 */
export class PageAnswer implements AnswerWatcher {
  private isThrown = false;
  private made: { readonly page: Page; readonly lifetime: PageLifetime; readonly sent: Headers } | undefined;
  private unstored: Reason = 'stream';
  private asItCame: HeaderChanges = {};

  constructor(
    private readonly context: AnswerContext,
    private readonly onMade: (made: MadePage) => void,
  ) {}

  /** An error was thrown: what is answered is not stored. */
  thrown(): void {
    this.isThrown = true;
  }

  onAnswer(answer: Answer): AnswerChange {
    const { route, personal, config, clock, fwd, preconditions } = { ...this.context, route: this.context.rules.lifetime };
    const { rules } = this.context;
    const headers = { ...answer.headers, ...this.declared(answer.headers) };
    const facts = { ...answer, headers, isThrown: this.isThrown, personal, route, maxBody: rules.maxBody, nowMs: clock.wallMs() };
    const verdict = judgeAnswer({ ...facts, defaultMs: config.defaultLifetimeMs });
    if (!verdict.stores || !this.context.mayStore) {
      this.unstored = verdict.stores ? 'head' : verdict.reason;
      const changes = { ...this.declared(answer.headers), ...this.whenUnstored(headers) };
      const etag = answer.headers['etag'] ?? answer.platformEtag;
      return conditional(answer.status, preconditions, { ...headers, etag }, changes);
    }
    const etag = answer.headers['etag'] ?? strongEtag(answer.body);
    const added = { ...this.declared(answer.headers), ...cacheabilityOf(headers, verdict.lifetime, facts.nowMs), etag };
    this.asItCame = Object.fromEntries(Object.keys(added).map((name) => [name, headers[name]]));
    this.made = {
      page: this.pageOf(answer, { ...headers, ...added }, verdict.lifetime),
      lifetime: verdict.lifetime,
      sent: headers,
    };
    const status = this.status(headers, { fwd, stored: true });
    return conditional(answer.status, preconditions, { ...headers, ...added }, { ...added, ...status });
  }

  onStream(headers: Headers): HeaderChanges {
    this.unstored = this.isThrown ? 'thrown' : 'stream';
    return { ...this.declared(headers), ...this.whenUnstored(headers) };
  }

  beforeHead(headers: Headers): HeaderChanges {
    if (!this.made) return {};
    const { sent, page } = this.made;
    const forbidden = whyForbidden(headers, this.context.personal) ?? this.touchedSession(sent, headers);
    const vary = learnedVary({ before: this.context.before, sent, late: headers }, this.context.rules);
    if (forbidden || !vary) {
      this.made = undefined;
      this.unstored = forbidden ?? 'vary';
      return { ...this.takenBack(headers), ...this.whenUnstored({ ...headers, ...this.takenBack(headers) }) };
    }
    this.made = {
      ...this.made,
      page: { ...page, vary, variant: varyingValues(vary, this.context.request, this.context.config) },
    };
    return encodedLate(sent, headers);
  }

  afterHead(headers: Headers): void {
    const late = this.made && whyForbidden(headers, this.context.personal);
    if (this.made && !late) this.onMade({ page: this.made.page });
    else this.onMade({ unstored: late || this.unstored });
  }

  /** Headers that the route's decorators declare. */
  private declared(headers: Headers): HeaderChanges {
    const { vary } = this.context.rules;
    if (vary.length === 0) return {};
    return { vary: vary.reduce<HeaderValue>((header, name) => patchVary(header, titled(name)), headers['vary']) };
  }

  /** A session that was read adds `Vary: Cookie` as the head leaves. */
  private touchedSession(sent: Headers, late: Headers): Reason | undefined {
    const { rules, config, before } = this.context;
    if (saysWhoShares(rules, config) || /\bcookie\b/i.test(String(sent['vary'] ?? ''))) return undefined;
    const isTouched = /\bcookie\b/i.test(String(late['vary'] ?? '')) && !/\bcookie\b/i.test(String(before['vary'] ?? ''));
    return isTouched ? 'session' : undefined;
  }

  private takenBack(headers: Headers): HeaderChanges {
    const isOurs = (name: string): boolean => name !== 'vary' && name !== 'etag' && headers[name] !== undefined;
    return Object.fromEntries(Object.entries(this.asItCame).filter(([name]) => isOurs(name)));
  }

  /** A personal answer that says nothing about caches is private. */
  private whenUnstored(headers: Headers): HeaderChanges {
    const { personal, fwd } = this.context;
    const isPersonal = personal !== undefined || this.unstored === 'session';
    const isPrivate = isPersonal && headers['cache-control'] === undefined;
    return {
      ...(isPrivate ? { 'cache-control': patchCacheControl(undefined, { private: true }) } : {}),
      ...this.status({ ...headers, 'cache-status': this.context.before['cache-status'] }, { fwd, detail: this.unstored }),
    };
  }

  private status(headers: Headers, status: CacheStatus): HeaderChanges {
    return this.context.config.cacheStatus ? { 'cache-status': addCacheStatus(headers['cache-status'], status) } : {};
  }

  private pageOf(answer: Answer, headers: Headers, lifetime: PageLifetime): Page {
    const { identity, before, rules, clock } = this.context;
    return {
      identity: identity.text,
      vary: [],
      variant: '',
      status: answer.status,
      headers: storedHeaders(headers, before, rules.headers),
      body: answer.body,
      lifetimeMs: lifetime.ms,
      ageSeconds: lifetime.ageSeconds,
      dateMs: clock.wallMs(),
      varyHeader: String(headers['vary'] ?? ''),
    };
  }
}

/** Adds what a conditional request gets instead of the answer. */
function conditional(status: number, request: Headers, headers: Headers, changes: HeaderChanges): AnswerChange {
  const verdict = judgePreconditions(request, status, headers);
  if (verdict === 'send') return { headers: changes };
  const without = Object.fromEntries([...ABOUT_THE_BODY].map((name) => [name, undefined]));
  return { status: verdict, headers: { ...changes, ...without }, dropsBody: true };
}

/** A body that is encoded on its way has no strong tag. */
export function encodedLate(sent: Headers, headers: Headers): HeaderChanges {
  const { etag, 'content-encoding': encoding } = headers;
  if (encoding === undefined || encoding === sent['content-encoding'] || typeof etag !== 'string') return {};
  return { etag: weakEtag(etag) };
}

/** `accept-language` as headers are written. */
function titled(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
