import { quoted } from '../../errors/printable.js';
import { msOfSeconds } from '../../time/lifetime.js';
import { DEFAULTS } from '../shapes/defaults.js';
import type { PagesSettings } from '../shapes/resolved-settings.js';
import { readInteger, readText } from '../read/read-values.js';
import type { SettingReader } from '../read/setting-reader.js';

/** Django's settings of its cache middleware. */
export const PAGES_SETTINGS: readonly string[] = Object.freeze([
  'CACHE_MIDDLEWARE_ALIAS',
  'CACHE_MIDDLEWARE_SECONDS',
  'CACHE_MIDDLEWARE_KEY_PREFIX',
]);

/** A year. */
const LONGEST_SECONDS = 31_536_000;

/** Reads CACHE_MIDDLEWARE_*. Notes what is wrong. */
export function readPagesSettings(settings: SettingReader, aliases: readonly string[]): PagesSettings {
  const seconds = readInteger(settings, 'CACHE_MIDDLEWARE_SECONDS', { min: 0, max: LONGEST_SECONDS });
  return Object.freeze({
    alias: readAlias(settings, aliases) ?? DEFAULTS.pagesAlias,
    keyPrefix: readText(settings, 'CACHE_MIDDLEWARE_KEY_PREFIX') ?? DEFAULTS.pagesKeyPrefix,
    defaultLifetimeMs: seconds === undefined ? DEFAULTS.pagesLifetimeMs : msOfSeconds(seconds),
  });
}

function readAlias(settings: SettingReader, aliases: readonly string[]): string | undefined {
  const alias = readText(settings, 'CACHE_MIDDLEWARE_ALIAS');
  if (alias === undefined || aliases.includes(alias)) return alias;
  return settings.reject('CACHE_MIDDLEWARE_ALIAS', {
    expected: `one of the aliases ${quoted(aliases)}`,
    got: `'${alias}'`,
    remedy: 'Name a cache of CACHES, or leave it out.',
  });
}
