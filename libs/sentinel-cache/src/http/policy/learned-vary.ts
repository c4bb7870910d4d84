import { namesOfVary } from '../../headers/vary.js';
import type { Headers } from './response-lifetime.js';
import type { RouteRules } from './route-rules.js';

/** More names than any site varies on; each costs a comparison on every request. */
const MOST_NAMES = 16;

/**
 * Returns the request headers that a response varies on, in lower case and sorted: those that the page itself
 * names.
 *
 * - What Vary named before the handler ran belongs to a middleware (`Origin` of CORS) and splits nothing,
 *   unless the route's `@Header` put it there.
 * - What is added as the response leaves (`late`) counts as well, but for `Accept-Encoding`: the body is
 *   stored before it is encoded.
 * - On a route that is shared a session adds `Cookie` for nothing.
 */
export function learnedVary(vary: { before: Headers; sent: Headers; late: Headers }, rules: RouteRules): string[] | undefined {
  const before = rules.headers.includes('vary') ? [] : lower(vary.before);
  const sent = lower(vary.sent).filter((name) => !before.includes(name));
  const late = lower(vary.late).filter((name) => !lower(vary.sent).includes(name) && !before.includes(name));
  const counts = late.filter((name) => name !== 'accept-encoding' && !(rules.shared && name === 'cookie'));
  const names = [...new Set([...rules.vary, ...sent, ...counts])].sort();
  return names.length <= MOST_NAMES && !names.includes('*') ? names : undefined;
}

function lower({ vary }: Headers): string[] {
  return namesOfVary(vary).map((name) => name.toLowerCase());
}
