import { DEFAULTS } from '../shapes/defaults.js';
import { readSerializer } from '../options/resolve-serializer.js';
import { SettingReader } from '../read/setting-reader.js';
import { ENTRIES_WITHOUT_EFFECT } from '../options/unsupported-options.js';
import type { Dialect } from './dialect.js';

/** Django's dummy keeps nothing: LOCATION and OPTIONS of the real cache may stay, unread. */
export const dummyDialect: Dialect = ({ cache, options, common }) => {
  cache.take('LOCATION');
  for (const name of Object.keys(ENTRIES_WITHOUT_EFFECT)) cache.take(name);
  for (const name of options.names) options.take(name);
  const serializer = readSerializer(new SettingReader({}, options.path, options.problems), 'SERIALIZER', DEFAULTS.pickleVersion);
  // Whatever the real cache may do can be called here.
  return serializer ? { ...common, warnsOfKeys: true, tags: true, backend: 'dummy', serializer } : undefined;
};
