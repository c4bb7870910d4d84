/**
 * Every word that Cache-Status gives as a `detail`, and what it means: why a request was not looked up, or an
 * response is not stored. docs/pages.md shows them, with the cases that get them.
 */
export const REASONS = Object.freeze({
  method: 'the method is not GET or HEAD, or a middleware replaced it',
  body: 'the request has a body',
  range: 'the request asks for a part of the page (`Range`)',
  host: 'the host is not among `pages.hosts`',
  timeout: 'the route stores nothing: a timeout of 0, or `@CacheTTL(0)`',
  'no-store': 'the request or the response says `no-store`',
  'only-if-cached': 'there is no page, and the request does not want the handler to run: 504',
  authorization: 'the request has an `Authorization`',
  cookie: 'the request has a cookie that counts',
  header: 'the request has one of `pages.personalHeaders`',
  headers: 'the handler takes all headers (`@Headers()`)',
  ip: "the handler takes the client's address (`@Ip()`)",
  session: 'the handler takes the session, or somebody read it',
  user: 'a guard put a `user` on the request',
  head: 'HEAD fills nothing',
  personal: 'the request is personal, and its response is for everybody: the next one of this route is stored',
  outage: 'the cache does not answer, or has yet to hear that the page was dropped',
  thrown: 'the handler, or an interceptor, threw an error',
  status: 'the status is not 200, 203, 204, 300, 301, 302, 303, 307 or 308; 404 and 410 are stored for a lifetime of their own',
  'set-cookie': 'the response sets a cookie, if only at the last moment',
  'no-cache': 'the response says `no-cache`',
  private: 'the response says `private`',
  vary: 'the response varies on `*`, or on more than 16 headers',
  lifetime: 'the response itself says that it does not live',
  stream: 'the body is a stream, or one that is longer than `streams`, broke off, or is not as long as its Content-Length',
  'stale-if-error': 'the handler failed, and a stale page was sent instead',
  size: 'the body is larger than `maxBody`',
  nonce: 'the page holds the nonce of its own Content-Security-Policy',
});

/** A word for why there is no page. */
export type Reason = keyof typeof REASONS;
