import type { CommonSettings } from '../options/common-settings.js';
import type { GlobalSettings } from '../options/global-settings.js';
import type { CacheConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';

/** One cache of CACHES. */
export interface DialectInput {
  /** CACHES.<alias>; the keys that all backends share are read already. */
  readonly cache: SettingReader;
  /** CACHES.<alias>.OPTIONS. */
  readonly options: SettingReader;
  /** What the keys that all backends share say. */
  readonly common: CommonSettings;
  /** What the settings beside CACHES say. */
  readonly globals: GlobalSettings;
}

/**
 * Reads the way in which one BACKEND writes a cache. Asks for each key it knows, given or not, so that the
 * others can be reported as unknown. Notes problems and never throws; returns undefined when there are some.
 */
export type Dialect = (input: DialectInput) => CacheConfig | undefined;
