import type { CommonSettings } from '../options/common-settings.js';
import type { GlobalSettings } from '../options/global-settings.js';
import type { CacheConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';

/** One cache of CACHES, as its dialect finds it. */
export interface DialectInput {
  /** CACHES.<alias>; the keys all backends share are read already. */
  readonly cache: SettingReader;
  /** CACHES.<alias>.OPTIONS. */
  readonly options: SettingReader;
  readonly common: CommonSettings;
  readonly globals: GlobalSettings;
}

/**
 * Reads one BACKEND's way of writing a cache. Asks for every key it knows, whether given or not, so that the others can be told
 * as unknown; notes problems, never throws. undefined: nothing to build, the problems say why.
 */
export type Dialect = (input: DialectInput) => CacheConfig | undefined;
