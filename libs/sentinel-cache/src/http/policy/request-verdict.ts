import { countingCookies } from './cookies.js';
import type { Reason } from './reasons.js';
import type { PagesConfig, RequestFacts, RouteRules } from './route-rules.js';

/**
 * What becomes of a request:
 *
 * - `look-up`: it is looked up, and its response may be stored.
 * - `personal`: it is neither; its response may be stored for others only if it says so itself.
 * - `pass`: the cache has no part in it.
 */
export type RequestVerdict =
  | { readonly does: 'look-up' }
  | { readonly does: 'personal'; readonly reason: Reason }
  | { readonly does: 'pass'; readonly reason: Reason };

const LOOK_UP: RequestVerdict = Object.freeze({ does: 'look-up' });

/** Decides from the request alone whether it may be looked up. */
export function judgeRequest(request: RequestFacts, rules: RouteRules, config: PagesConfig): RequestVerdict {
  const unfit = whyUnfit(request, rules, config);
  if (unfit) return { does: 'pass', reason: unfit };
  const personal = rules.shared ? undefined : whyPersonal(request, rules, config);
  return personal ? { does: 'personal', reason: personal } : LOOK_UP;
}

function whyUnfit(
  { method, originalMethod, headers, host }: RequestFacts,
  rules: RouteRules,
  config: PagesConfig,
): Reason | undefined {
  if ((method !== 'GET' && method !== 'HEAD') || (originalMethod !== undefined && originalMethod !== method)) return 'method';
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) return 'body';
  if (headers['range'] !== undefined) return 'range';
  if (!isCachedHost(host, config.hosts)) return 'host';
  if (rules.lifetime === 'already-expired') return 'timeout';
  return undefined;
}

function isCachedHost(host: string, hosts: readonly string[] | undefined): boolean {
  if (hosts === undefined) return true;
  const whole = host.toLowerCase();
  const name = whole.replace(/:\d+$/, '');
  const isOf = (asked: string, known: string): boolean =>
    known.startsWith('*.') ? asked.endsWith(known.slice(1)) : asked === known;
  return hosts.some((known) => isOf(whole, known) || isOf(name, known));
}

function whyPersonal({ headers, hasUser }: RequestFacts, rules: RouteRules, config: PagesConfig): Reason | undefined {
  const { vary, takesPersonal } = rules;
  if (takesPersonal) return takesPersonal;
  if (headers['authorization'] !== undefined && !vary.includes('authorization')) return 'authorization';
  if (countingCookies(headers['cookie'], config.ignoreCookies) !== undefined && !vary.includes('cookie')) return 'cookie';
  if (config.personalHeaders.some((name) => headers[name] !== undefined && !vary.includes(name))) return 'header';
  if (hasUser && !saysWhoShares(rules, config)) return 'user';
  return undefined;
}

/** Whether the route says for whom a response is: for each value of what users are known by. */
export function saysWhoShares({ shared, vary }: RouteRules, { personalHeaders }: PagesConfig): boolean {
  return shared || vary.some((name) => name === 'cookie' || name === 'authorization' || personalHeaders.includes(name));
}

/**
 * Returns the headers of one visitor, in lower case, that a page for everybody is made without when it is
 * stale: a middleware could renew a session by them, and its cookie would go nowhere. They stay where a key
 * covers them, and where a guard lets in by them.
 */
export function headersOfOne(
  { hasUser }: RequestFacts,
  { shared, isGuarded, vary, takes }: RouteRules,
  varies: readonly string[],
  { personalHeaders }: PagesConfig,
): readonly string[] {
  if (!shared || isGuarded || hasUser) return [];
  const keyed = [...vary, ...takes, ...varies];
  return ['cookie', 'authorization', ...personalHeaders].filter((name) => !keyed.includes(name));
}
