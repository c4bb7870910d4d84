import { readText } from '../read/read-values.js';
import { DEFAULTS } from '../shapes/defaults.js';
import type { SessionConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';

/** Characters of a cookie's name (RFC 6265: a token). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** An attribute with other characters could write attributes or headers of its own. */
const PATH = /^[\x20-\x3a\x3c-\x7e]+$/;
/** A host name or an address. Django accepts a dot in front, too. */
const DOMAIN = /^\.?[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*$/;
const SAME_SITES = ['Lax', 'Strict', 'None'] as const;

/** Reads SESSION_COOKIE_NAME. */
export function readCookieName(settings: SettingReader): string {
  const name = readText(settings, 'SESSION_COOKIE_NAME') ?? DEFAULTS.sessionCookieName;
  if (!NAME.test(name))
    settings.reject('SESSION_COOKIE_NAME', { expected: 'a cookie name', remedy: "Write letters and digits: 'sessionid'." });
  return name;
}

/** Reads SESSION_COOKIE_PATH. */
export function readCookiePath(settings: SettingReader): string {
  const path = readText(settings, 'SESSION_COOKIE_PATH') ?? DEFAULTS.sessionCookiePath;
  if (PATH.test(path) && path.startsWith('/')) return path;
  settings.reject('SESSION_COOKIE_PATH', {
    expected: 'a path that begins with / and is without ; and control characters, in ASCII',
    remedy: "Write '/', or percent-encode what it holds.",
  });
  return DEFAULTS.sessionCookiePath;
}

/** Reads SESSION_COOKIE_DOMAIN; undefined for the host that answers. */
export function readCookieDomain(settings: SettingReader): string | undefined {
  if (settings.take('SESSION_COOKIE_DOMAIN') === null) return undefined;
  const domain = readText(settings, 'SESSION_COOKIE_DOMAIN');
  if (domain === undefined || DOMAIN.test(domain)) return domain;
  return settings.reject('SESSION_COOKIE_DOMAIN', {
    expected: 'a host name without scheme, port and path, in ASCII, or null',
    remedy: "Write 'example.com', or leave it out for the host that answers.",
  });
}

/**
 * Reads SESSION_COOKIE_SAMESITE: 'Lax', 'Strict' or 'None' in any case; false (undefined here) for no
 * attribute.
 */
export function readSameSite(settings: SettingReader): SessionConfig['cookieSameSite'] {
  const value = settings.take('SESSION_COOKIE_SAMESITE');
  if (value === undefined) return DEFAULTS.sessionCookieSameSite;
  if (value === false) return undefined;
  const known = SAME_SITES.find((word) => typeof value === 'string' && word.toLowerCase() === value.toLowerCase());
  if (known) return known;
  return settings.rejectWord('SESSION_COOKIE_SAMESITE', SAME_SITES, {
    expected: "'Lax', 'Strict', 'None' or false",
    remedy: "Write 'Lax'.",
  });
}

/** Rejects a cookie that browsers drop, since no session could be kept. */
export function checkCookie(settings: SettingReader, config: SessionConfig): void {
  // Browsers compare these without regard to case (RFC 6265bis).
  const name = config.cookieName.toLowerCase();
  const isHost = name.startsWith('__host-');
  const because = `since browsers drop a cookie of the name ${config.cookieName} otherwise`;
  const remedy = 'Set it so, or take a name without the prefix.';
  if ((isHost || name.startsWith('__secure-')) && !config.cookieSecure)
    settings.reject('SESSION_COOKIE_SECURE', { expected: `true, ${because}`, got: 'false', remedy });
  if (isHost && config.cookieDomain !== undefined)
    settings.reject('SESSION_COOKIE_DOMAIN', { expected: `null, ${because}`, remedy });
  if (isHost && config.cookiePath !== '/') settings.reject('SESSION_COOKIE_PATH', { expected: `'/', ${because}`, remedy });
  if (config.cookieSameSite === 'None' && !config.cookieSecure) {
    settings.problems.warn("SESSION_COOKIE_SAMESITE 'None' without SESSION_COOKIE_SECURE: browsers drop such a cookie.");
  }
}
