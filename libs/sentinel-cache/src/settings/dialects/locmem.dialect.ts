import { DEFAULTS } from '../defaults.js';
import { readInteger, readText } from '../read-values.js';
import { readPickleVersion, readSerializer } from '../resolve-serializer.js';
import type { SettingReader } from '../setting-reader.js';
import type { Dialect } from './dialect.js';

/**
 * Django's locmem: LOCATION is the name of a store in this process; MAX_ENTRIES and CULL_FREQUENCY bound it (C-2).
 * SERIALIZER, which Django's has not, lets a test keep the values it would keep on Redis.
 */
export const locmemDialect: Dialect = ({ cache, options, common }) => {
  const serializer = readSerializer(options, 'SERIALIZER', readPickleVersion(options));
  const location = readText(cache, 'LOCATION', 'Write a name for the store.') ?? DEFAULTS.locmemLocation;
  const maxEntries = readBound(cache, options, 'MAX_ENTRIES', 1) ?? DEFAULTS.maxEntries;
  const cullFrequency = readBound(cache, options, 'CULL_FREQUENCY', 0) ?? DEFAULTS.cullFrequency;
  return serializer ? { ...common, backend: 'locmem', serializer, location, maxEntries, cullFrequency } : undefined;
};

/** The lower-case form wins, then the upper-case one, then OPTIONS; all are checked. Digits in quotes will do (int()). */
function readBound(cache: SettingReader, options: SettingReader, name: string, min: number): number | undefined {
  const lower = readInteger(cache, name.toLowerCase(), { min, text: true });
  const upper = readInteger(cache, name, { min, text: true });
  const option = readInteger(options, name, { min, text: true });
  return lower ?? upper ?? option;
}
