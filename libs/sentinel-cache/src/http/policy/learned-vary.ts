import { namesOfVary, patchVary } from '../../headers/vary.js';
import type { HeaderValue } from '../../headers/cache-control.js';
import type { Headers } from './response-lifetime.js';
import type { HeaderChanges } from './freshness-headers.js';
import type { RouteRules } from './route-rules.js';

/** More names than any site varies on; each costs a comparison on every request. */
const MOST_NAMES = 16;

/** A name of a header, and no `*`: what else stands in Vary is nothing that a request could be asked for. */
const NAME = /^[!#$%&'+\-.^_`|~\da-z]+$/;

/** What CORS and compression add: it says nothing of the body that is stored. */
const NOT_OF_THE_BODY = Object.freeze([
  'origin',
  'access-control-request-headers',
  'access-control-request-method',
  'accept-encoding',
]);

/** What a response varies on. */
interface VaryOfResponse {
  /** Its headers before the handler ran. */
  readonly before: Headers;
  /** Its headers when its body was there. */
  readonly sent: Headers;
  /** Its headers as it leaves. */
  readonly late: Headers;
  /** Whether the handler has set Vary to what it was: it means these names. */
  readonly isRepeated: boolean;
}

/**
 * Returns the request headers that a response varies on, in lower case and sorted; undefined for too many,
 * and for what is no name.
 *
 * - `Origin` of CORS, there before the handler ran, splits nothing, unless the route's `@Header` or the
 *   handler names it, too. What another middleware varies on (`Accept-Language`) may be in the body.
 * - What is added as the response leaves counts as well, but for `Accept-Encoding`: the body is stored before
 *   it is encoded.
 * - On a route that is shared a session adds `Cookie` for nothing.
 */
export function learnedVary({ before, sent, late, isRepeated }: VaryOfResponse, rules: RouteRules): string[] | undefined {
  const isMeant = isRepeated || rules.headers.includes('vary');
  const isForNothing = (name: string): boolean => NOT_OF_THE_BODY.includes(name) || (rules.shared && name === 'cookie');
  const ignored = isMeant ? [] : lower(before).filter(isForNothing);
  const own = lower(sent).filter((name) => !ignored.includes(name));
  const added = lower(late).filter((name) => !lower(sent).includes(name) && !ignored.includes(name));
  const counts = added.filter((name) => name !== 'accept-encoding' && !(rules.shared && name === 'cookie'));
  const names = [...new Set([...rules.vary, ...own, ...counts])].sort();
  return names.length <= MOST_NAMES && names.every((name) => NAME.test(name)) ? names : undefined;
}

/** Whether a new value of Vary has no other names than those that stood there before. */
export function repeatsVary(before: Headers, value: HeaderValue): boolean {
  const known = lower(before);
  return lower({ vary: value }).every((name) => known.includes(name));
}

/** Returns the Vary of a response with the names that the route's decorators declare. */
export function declaredVary({ vary }: Headers, rules: RouteRules): HeaderChanges {
  if (rules.vary.length === 0) return {};
  return { vary: rules.vary.reduce<HeaderValue>((header, name) => patchVary(header, titled(name)), vary) };
}

/** `accept-language` as headers are written. */
function titled(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function lower({ vary }: Headers): string[] {
  return namesOfVary(vary).map((name) => name.toLowerCase());
}
