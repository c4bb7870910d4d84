import { describe, expect, it } from '@jest/globals';

import { lifetimeOfResponse } from './response-lifetime.js';
import { judgeResponse, type ResponseFacts } from './response-verdict.js';
import { timesOfHit } from './freshness-headers.js';
import { judgePreconditions } from './preconditions.js';
import { REASONS } from './reasons.js';
import { judgeRequest } from './request-verdict.js';
import type { PagesConfig, RequestFacts, RouteRules } from './route-rules.js';
import { staleHeadersOf, staleRulesOf } from './stale-rules.js';
import { storedHeaders } from './stored-headers.js';

const NOW = Date.UTC(2030, 0, 1);
const date = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString();

const facts = (changes: Partial<ResponseFacts>): ResponseFacts => ({
  status: 200,
  headers: {},
  isThrown: false,
  personal: undefined,
  route: 900_000,
  defaultMs: 600_000,
  maxBody: 100,
  nowMs: NOW,
  ...changes,
});

describe('judgeResponse', () => {
  it.each([
    [{ isThrown: true }, 'thrown'],
    [{ status: 500 }, 'status'],
    [{ status: 206 }, 'status'],
    [{ status: 404 }, 'status'],
    [{ status: 404, headers: { 'cache-control': 'max-age=0' } }, 'lifetime'],
    [{ headers: { 'set-cookie': ['a=1'] } }, 'set-cookie'],
    [{ headers: { 'cache-control': 'NO-STORE' } }, 'no-store'],
    [{ headers: { 'cache-control': 'no-cache' } }, 'no-cache'],
    [{ headers: { 'cache-control': 'Private, max-age=9' } }, 'private'],
    [{ headers: { 'cache-control': 'no-cache=' } }, 'no-cache'],
    [{ headers: { 'cache-control': 'private=""' } }, 'private'],
    [{ headers: { 'cache-control': 'max-age=9, private="x-a' } }, 'private'],
    [{ headers: { vary: 'Accept, *' } }, 'vary'],
    [{ personal: 'cookie' }, 'cookie'],
    [{ personal: 'cookie', headers: { 'cache-control': 's-maxage=0' } }, 'cookie'],
    [{ route: 'already-expired' }, 'lifetime'],
    [{ route: undefined, headers: { expires: '0' } }, 'lifetime'],
    [{ route: undefined, headers: { 'cache-control': 'max-age=0' } }, 'lifetime'],
    [{ maxBody: 3 }, 'size'],
    [{ headers: { 'content-security-policy': "script-src 'nonce-page'" } }, 'nonce'],
  ] as [Partial<ResponseFacts>, string][])('H-6, H-8, H-9: %j is not stored: %s', (changes, reason) => {
    expect(judgeResponse(facts(changes), Buffer.from('page'))).toEqual({ stores: false, reason });
  });

  it.each(['ab+/c_d==', 'ab+&#x2F;c_d&#x3D;&equals;', 'ab&#43;/c_d==', 'ab+\\/c_d\\u003d=', 'ab%2B%2fc_d%3D%3D'])(
    'a page that writes its nonce as %s is not stored',
    (nonce) => {
      const headers = { 'content-security-policy': "script-src 'nonce-ab+/c_d=='" };
      const verdict = judgeResponse(facts({ headers }), Buffer.from(`<script nonce="${nonce}">`));
      expect(verdict).toEqual({ stores: false, reason: 'nonce' });
      expect(judgeResponse(facts({ headers }), Buffer.from('<script nonce="ab+/c_d">')).stores).toBe(true);
    },
  );

  it.each([
    [{}],
    [{ status: 301 }],
    [{ status: 404, route: undefined, headers: { 'cache-control': 'max-age=5' } }],
    [{ status: 410, headers: { 'cache-control': 'max-age=5' } }],
    [{ personal: 'cookie', headers: { 'cache-control': 'public' } }],
    [{ personal: 'authorization', headers: { 'cache-control': 's-maxage=5' } }],
    [{ headers: { 'cache-control': 'no-cache="x-a", private="x-b", max-age=0' } }],
  ] as [Partial<ResponseFacts>][])('%j is stored', (changes) => {
    expect(judgeResponse(facts(changes), Buffer.from('page')).stores).toBe(true);
  });
});

describe('lifetimeOfResponse', () => {
  it.each([
    [{ 'cache-control': 's-maxage=9, max-age=5' }, 9000],
    [{ 'cache-control': 'max-age=5', age: '2' }, 3000],
    [{ 'cache-control': 'max-age=5', age: '9' }, 0],
    [{ expires: date(30) }, 30_000],
    [{ expires: date(30), date: date(10) }, 20_000],
    [{ expires: date(-1) }, 0],
    [{}, 600_000],
  ])('a response with %j lives %d ms', (headers, ms) => {
    expect(lifetimeOfResponse(headers, { route: undefined, defaultMs: 600_000, nowMs: NOW }).ms).toBe(ms);
  });

  it('H-10: the route wins over what the response says; for ever is a year', () => {
    const of = (route: number | 'forever'): number =>
      lifetimeOfResponse({ 'cache-control': 'max-age=0' }, { route, defaultMs: 0, nowMs: NOW }).ms;
    expect([of(900_000), of('forever')]).toEqual([900_000, 365 * 86_400_000]);
  });
});

describe('timesOfHit', () => {
  const age = { ageMs: 10_500, lifetimeMs: 60_000, dateMs: NOW - 10_500, nowMs: NOW };

  it('H-3: a page that is told as long as it lives carries its Date and an Age', () => {
    expect(timesOfHit({ 'cache-control': 'max-age=60' }, age)).toEqual({ date: date(-10.5), age: '10' });
  });

  it('a page that outlives what it tells is sent as made now', () => {
    expect(timesOfHit({ 'cache-control': 'max-age=5', expires: date(-5.5) }, age)).toEqual({ date: date(0), expires: date(5) });
    expect(timesOfHit({}, age)).toEqual({ date: date(0) });
  });
});

describe('staleRulesOf', () => {
  const route = { staleWhileRevalidateMs: 30_000, staleIfErrorMs: 60_000 } as RouteRules;
  const of = (header: string | undefined): unknown => staleRulesOf({ 'cache-control': header }, route);

  it('a response that says how stale it may be is believed before the route', () => {
    expect(of(undefined)).toEqual({ whileRevalidateMs: 30_000, ifErrorMs: 60_000 });
    expect(of('stale-while-revalidate=0, stale-if-error=5')).toEqual({ whileRevalidateMs: 0, ifErrorMs: 5000 });
  });

  it.each(['must-revalidate', 'Proxy-Revalidate', 'no-cache="x"', 's-maxage=5, stale-if-error=5'])(
    '%s forbids both',
    (header) => {
      expect(of(header)).toEqual({ whileRevalidateMs: 0, ifErrorMs: 0 });
    },
  );

  it('tells other caches in whole seconds, and nothing where there is nothing to tell', () => {
    expect(staleHeadersOf({ 'cache-control': 'max-age=5' }, { whileRevalidateMs: 30_500, ifErrorMs: 0 })).toEqual({
      'cache-control': 'max-age=5, stale-while-revalidate=30',
    });
    expect(staleHeadersOf({}, { whileRevalidateMs: 0, ifErrorMs: 0 })).toEqual({});
  });
});

describe('judgePreconditions', () => {
  const response = { etag: '"a"', 'last-modified': date(0) };
  it.each([
    [{ 'if-none-match': '"a"' }, 304],
    [{ 'if-none-match': 'W/"a"' }, 304],
    [{ 'if-none-match': '"b", "a"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"b"' }, 'send'],
    [{ 'if-none-match': '"b"', 'if-modified-since': date(5) }, 'send'],
    [{ 'if-modified-since': date(0) }, 304],
    [{ 'if-modified-since': date(-1) }, 'send'],
    [{ 'if-modified-since': 'yesterday' }, 'send'],
    [{ 'if-match': '"b"' }, 412],
    [{ 'if-match': 'W/"a"' }, 412],
    [{ 'if-match': '"a"', 'if-unmodified-since': date(-1) }, 'send'],
    [{ 'if-unmodified-since': date(-1) }, 412],
    [{ 'if-unmodified-since': date(1) }, 'send'],
  ])('H-51: %j gets %s', (request, verdict) => {
    expect(judgePreconditions(request, 200, response)).toBe(verdict);
  });

  it('H-51: preconditions apply to a 2xx response only', () => {
    expect(judgePreconditions({ 'if-none-match': '"a"' }, 301, response)).toBe('send');
  });
});

describe('storedHeaders', () => {
  it('leaves out what belongs to the connection, to the request, and to somebody', () => {
    const headers = {
      connection: 'keep-alive, X-Hop',
      'x-hop': '1',
      'x-id': '7',
      'x-total': 5,
      'x-own': 'a',
      'x-mine': 'b',
      'cache-control': 'private="X-Mine"',
      date: 'now',
    };
    expect(storedHeaders(headers, { 'x-id': '7', 'x-own': 'a' }, ['x-own'])).toEqual([
      ['x-total', '5'],
      ['x-own', 'a'],
      ['cache-control', 'private="X-Mine"'],
    ]);
  });
});

describe('REASONS', () => {
  it.each(Object.entries(REASONS))('%s is a word that Cache-Status can carry as it is, and has a meaning', (word, meaning) => {
    expect(word).toMatch(/^[a-z][a-z-]*$/);
    expect(meaning).toMatch(/^[^|]+[^|.]$/);
  });
});

describe('judgeRequest', () => {
  const rules = { shared: false, vary: [], takesPersonal: undefined, lifetime: undefined } as unknown as RouteRules;
  const to = (host: string): RequestFacts => ({
    method: 'GET',
    originalMethod: undefined,
    protocol: 'http',
    host,
    url: '/',
    routedUrl: '/',
    headers: {},
    hasUser: false,
  });

  it.each([
    ['shop.example', 'SHOP.example:8080', 'look-up'],
    ['shop.example:8080', 'shop.example:8080', 'look-up'],
    ['shop.example:8080', 'shop.example', 'pass'],
    ['*.shop.example', 'a.shop.example:8080', 'look-up'],
    ['*.shop.example:8080', 'a.shop.example:8080', 'look-up'],
    ['*.shop.example:8080', 'a.shop.example', 'pass'],
    ['*.shop.example', 'shop.example', 'pass'],
    ['*.shop.example', 'ashop.example', 'pass'],
  ])('where pages.hosts is %s a request to %s is to %s', (known, host, does) => {
    const config = { hosts: [known], personalHeaders: [], ignoreCookies: [] } as unknown as PagesConfig;
    expect(judgeRequest(to(host), rules, config).does).toBe(does);
  });
});
