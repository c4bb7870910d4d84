/**
 * The cases of the tables in docs/pages.md. `request`, `rules`, `response` and `body` are what the policy is asked, on top of a GET without
 * anything and a 200 without anything. `says`: a word that no verdict of the policy gives, and `where` it is given.
 */
const header = (name, value) => ({ request: { headers: { [name]: value } } });
const respondsWith = (name, value, more = {}) => ({ response: { headers: { [name]: value }, ...more } });

export const REQUESTS = [
  { what: 'GET' },
  { what: 'HEAD', request: { method: 'HEAD' }, says: 'head', where: 'page-runs.ts' },
  { what: 'any other method', request: { method: 'QUERY' } },
  { what: 'GET that a middleware has made of another method', request: { originalMethod: 'POST' } },
  { what: 'with a body', ...header('content-length', '2') },
  { what: 'with a `Range`', ...header('range', 'bytes=0-1') },
  { what: 'to a host that `pages.hosts` lacks', request: { host: 'other.example' } },
  { what: 'to a route with a timeout of 0', rules: { lifetime: 'already-expired' } },
  { what: '`Cache-Control: no-store`', ...header('cache-control', 'no-store') },
  { what: '`Cache-Control: no-cache`, or `Pragma: no-cache` alone', ...header('pragma', 'no-cache') },
  { what: '`max-age` or `min-fresh` that the page does not meet', ...header('cache-control', 'max-age=10') },
  {
    what: '`only-if-cached`; 504 where there is no page',
    ...header('cache-control', 'only-if-cached'),
    says: 'only-if-cached',
    where: 'page-cache.ts',
  },
  { what: 'with cookies of `pages.ignoreCookies` alone', ...header('cookie', '_ga=1; _ga_X=2') },
  { what: 'with an `Authorization`', ...header('authorization', 'Bearer x') },
  { what: 'with a cookie', ...header('cookie', 'id=1') },
  { what: 'with one of `pages.personalHeaders`', ...header('x-tenant', 'a') },
  { what: 'with a `user` that a guard has set', request: { hasUser: true } },
  { what: 'to a handler with `@Headers()`', rules: { takesPersonal: 'headers' } },
  { what: 'to a handler with `@Ip()`', rules: { takesPersonal: 'ip' } },
  { what: 'to a handler with `@Session()`', rules: { takesPersonal: 'session' } },
  {
    what: 'any of these seven to a route with `shared: true`',
    request: { headers: { cookie: 'id=1', authorization: 'Bearer x', 'x-tenant': 'a' }, hasUser: true },
    rules: { shared: true, takesPersonal: 'headers' },
  },
  {
    what: 'with a cookie, a `user` or both to a route with `@VaryOnCookie()`',
    request: { headers: { cookie: 'id=1' }, hasUser: true },
    rules: { vary: ['cookie'] },
  },
  {
    what: "with an `Authorization`, a `user` or both to a route with `@VaryOn('Authorization')`",
    request: { headers: { authorization: 'Bearer x' }, hasUser: true },
    rules: { vary: ['authorization'] },
  },
];

export const RESPONSES = [
  { what: 'an error that was thrown, whatever its status', response: { isThrown: true } },
  { what: 'sets a cookie', ...respondsWith('set-cookie', 'a=1') },
  { what: '`no-store`', ...respondsWith('cache-control', 'no-store') },
  { what: '`no-cache`', ...respondsWith('cache-control', 'no-cache') },
  { what: '`private`', ...respondsWith('cache-control', 'private') },
  {
    what: '`no-cache` or `private` with names of headers: without these headers',
    ...respondsWith('cache-control', 'private="x-a"'),
  },
  { what: '`Vary: *`', ...respondsWith('vary', '*') },
  {
    what: 'varies on more than 16 headers',
    ...respondsWith('vary', Array.from({ length: 17 }, (_, i) => `x-${i}`).join()),
  },
  { what: '`max-age=0`, on a route that says how long', ...respondsWith('cache-control', 'max-age=0') },
  {
    what: '`max-age=0`, or an `Expires` that is over, on a route that does not say',
    ...respondsWith('expires', '0', { route: undefined }),
  },
  { what: 'a body over `maxBody`', body: 1025 },
  {
    what: 'a body with the nonce of its own Content-Security-Policy',
    ...respondsWith('content-security-policy', "script-src 'nonce-abc123'"),
  },
  { what: 'a stream, without `streams` or past it', says: 'stream', where: 'page-response.ts' },
  { what: 'its session was read on the way', says: 'session', where: 'page-response.ts' },
  { what: 'a stale page was sent in its place', says: 'stale-if-error', where: 'page-response.ts' },
  {
    what: 'the first `public` one to a personal request, after one of the route that was not stored',
    says: 'personal',
    where: 'page-runs.ts',
  },
  { what: 'made while Redis is away, or has yet to hear of an eviction', says: 'outage', where: 'page-runs.ts' },
];
