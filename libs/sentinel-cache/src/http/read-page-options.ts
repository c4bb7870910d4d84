import { readByteSize, sizeExpected } from '../codec/byte-size.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { ImproperlyConfiguredError, type SettingProblem } from '../errors/improperly-configured.error.js';
import { MOST_INVALIDATED } from '../keys/tag-names.js';
import type { PagesSettings } from '../settings/shapes/resolved-settings.js';
import { toLifetime, type Timeout } from '../time/lifetime.js';
import type { CachePageOptions, PageDecoration, PageEviction, PagesOptions } from './page-options.js';
import type { PagesConfig } from './policy/route-rules.js';

/** Pages are for pages; a store of files is something else. */
const MOST_BODY = 64 * 1024 * 1024;
const MOST_TAGS = 64;
const MOST_TAG = 250;
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => isText(item) && item !== '');
const isTokens = (value: unknown): boolean => isTexts(value) && value.every((item) => TOKEN.test(item));

type Rule = readonly [isValid: (value: unknown) => boolean, expected: string, remedy: string];
const FLAG: Rule = [isFlag, 'true or false', 'Write true or false, without quotes.'];
const LONGEST_MS = 365 * 86_400_000;
const DURATION: Rule = [isDuration, 'seconds, or text with a unit, up to a year', "Write '30s' for thirty seconds."];
const BODY_SIZE = sizeExpected('of 0 to 64 MB');
const SIZE: Rule = [(value) => bytesOf(value) !== undefined, BODY_SIZE.expected, BODY_SIZE.remedy];
const TEXT: Rule = [isText, 'text', 'Write it in quotes.'];

const PAGE_RULES: Readonly<Record<keyof CachePageOptions, Rule>> = {
  cache: [(value) => isText(value) && value !== '', 'an alias of CACHES', "Write 'default', or leave it out."],
  keyPrefix: TEXT,
  version: [(value) => isText(value) || Number.isSafeInteger(value), 'a number or text', 'Write 2, or leave it out.'],
  tags: [
    (value) => isTexts(value) && value.length <= MOST_TAGS && value.every((tag) => tag.length <= MOST_TAG),
    `a list of up to ${MOST_TAGS} tags of up to ${MOST_TAG} characters`,
    "Write ['catalogue'].",
  ],
  shared: FLAG,
  query: [
    (value) => value === 'sorted' || value === 'declared' || isTexts(value),
    "'sorted', 'declared' or a list of names",
    "Write ['page', 'size'], or leave it out.",
  ],
  exact: FLAG,
  staleWhileRevalidate: DURATION,
  staleIfError: DURATION,
  streams: SIZE,
  maxBody: SIZE,
};

const ALL_PAGES_RULES: Readonly<Record<keyof PagesOptions, Rule>> = {
  personalHeaders: [isTokens, 'a list of header names', "Write ['x-api-key']."],
  ignoreCookies: [isTexts, 'a list of cookie names', "Write ['_ga*']."],
  hosts: [isTexts, 'a list of hosts', "Write ['shop.example']."],
  watch: FLAG,
  pageKeys: [(value) => value === 'own', "'own' (Django's own page keys are not built yet)", 'Leave it out.'],
  requestDirectives: FLAG,
  cacheStatus: FLAG,
};

const isPath = (value: unknown): boolean => isText(value) && value.startsWith('/');

const EVICTION_RULES: Readonly<Record<keyof PageEviction, Rule>> = {
  tags: [
    (value) => isTexts([value].flat()) && [value].flat().length <= MOST_INVALIDATED,
    `a tag, or a list of up to ${MOST_INVALIDATED}`,
    "Write { tags: 'catalogue' }.",
  ],
  path: [
    (value) => [value].flat().every((path) => isPath(path)) && [value].flat().length <= MOST_INVALIDATED,
    `a path that begins with '/', or a list of up to ${MOST_INVALIDATED}`,
    "Write { path: '/catalogue' }.",
  ],
};

/** Reads which pages to drop. Throws InvalidArgumentError. */
export function readEviction(what: PageEviction): { readonly tags: readonly string[]; readonly paths: readonly string[] } {
  const [problem] = problemsOf('Pages.evict', what, EVICTION_RULES);
  if (problem) {
    const { path, expected, got, remedy } = problem;
    throw new InvalidArgumentError(`${path}: expected ${expected}, got ${got}. ${remedy}`);
  }
  const { tags, path } = what;
  if (tags === undefined && path === undefined) {
    const remedy = "Write { tags: 'catalogue' } or { path: '/catalogue' }.";
    throw new InvalidArgumentError(`Pages.evict: expected tags, path or both, got neither. ${remedy}`);
  }
  return { tags: [tags ?? []].flat(), paths: [path ?? []].flat() };
}

/** Lists what is wrong with what `forRoot` says about pages. */
export function problemsOfPages(options: PagesOptions): SettingProblem[] {
  return problemsOf('pages', options, ALL_PAGES_RULES);
}

/** Resolves what `forRoot` says about pages, which `problemsOfPages` has found right. */
export function resolvePages(options: PagesOptions | undefined, settings: PagesSettings): PagesConfig {
  const { personalHeaders = [], ignoreCookies = [], hosts, requestDirectives = true, cacheStatus = true } = options ?? {};
  return Object.freeze({
    ...settings,
    personalHeaders: personalHeaders.map((name) => name.toLowerCase()),
    ignoreCookies: [...ignoreCookies],
    hosts: hosts?.map((host) => host.toLowerCase()),
    requestDirectives,
    cacheStatus,
  });
}

/** Lists what is wrong with a `@CachePage`; `where` names the route. */
export function problemsOfPage(
  where: string,
  { timeout, options }: PageDecoration,
  aliases: readonly string[],
): SettingProblem[] {
  const problems = problemsOf(where, options, PAGE_RULES);
  if (timeout !== undefined && toLifetime(timeout) === undefined) {
    const remedy = "Write '15m' for fifteen minutes, or 900.";
    problems.push({ path: where, expected: 'a timeout in seconds, or text with its unit', got: shown(timeout), remedy });
  }
  const { cache = 'default' } = Object(options) as CachePageOptions;
  if (isText(cache) && !aliases.includes(cache)) {
    const remedy = `Add '${cache}' to CACHES, or name one that is there.`;
    problems.push({ path: `${where}.cache`, expected: `one of the aliases ${aliases.join(', ')}`, got: `'${cache}'`, remedy });
  }
  return problems;
}

/** Throws ImproperlyConfiguredError when there are problems. */
export function throwIfAny(problems: readonly SettingProblem[]): void {
  if (problems.length > 0) throw new ImproperlyConfiguredError(problems);
}

/** Reads the size of a body in bytes; undefined when it is none, or more than a page may have. */
export function bytesOf(size: unknown): number | undefined {
  const bytes = readByteSize(size);
  return bytes === undefined || bytes > MOST_BODY ? undefined : bytes;
}

/** Reads a duration in milliseconds; 0 when it is none. */
export function millisecondsOf(duration: Timeout | undefined): number {
  const lifetime = duration === undefined ? undefined : toLifetime(duration);
  return typeof lifetime === 'number' ? lifetime : 0;
}

function isDuration(value: unknown): boolean {
  if (!isText(value) && typeof value !== 'number') return false;
  const lifetime = toLifetime(value as Timeout);
  return lifetime === 'already-expired' ? !String(value).includes('-') : typeof lifetime === 'number' && lifetime <= LONGEST_MS;
}

function problemsOf(path: string, options: object, rules: Readonly<Record<string, Rule>>): SettingProblem[] {
  if (typeof options !== 'object' || options === null)
    return [{ path, expected: 'an object', got: shown(options), remedy: 'Write { ... }, or leave it out.' }];
  return Object.entries(options).flatMap(([name, value]): SettingProblem[] => {
    if (!Object.hasOwn(rules, name)) {
      const expected = `one of ${Object.keys(rules).join(', ')}`;
      return [{ path: `${path}.${name}`, expected, got: 'an unknown name', remedy: 'Remove it.' }];
    }
    const [isValid, expected, remedy] = rules[name]!;
    return value === undefined || isValid(value) ? [] : [{ path: `${path}.${name}`, expected, got: shown(value), remedy }];
  });
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  const text = isText(value)
    ? `'${value}'`
    : typeof value === 'object'
      ? Array.isArray(value)
        ? 'a list'
        : 'an object'
      : String(value);
  return `${text} (${typeof value})`;
}
