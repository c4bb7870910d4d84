import { isUtf8 } from 'node:buffer';

import { formatKey } from '../../keys/format-key.js';
import type { CacheKey } from '../../keys/format-key.js';
import type { VersionOptions } from '../entry/cache-options.js';
import type { EntrySpace } from '../entry/entry-space.js';

/** Where a hash has key prefix and version. */
export interface HashLayout {
  nameOf(space: EntrySpace, name: CacheKey, options: VersionOptions): string;
  fieldOf(space: EntrySpace, field: CacheKey, options: VersionOptions): string;
  /** Returns the glob on stored fields of a user's glob. */
  matchOf(space: EntrySpace, match: string, options: VersionOptions): string;
  /** Returns the user's field of a stored field; undefined when it belongs to another cache or version. */
  userField(space: EntrySpace, stored: Buffer, options: VersionOptions): string | undefined;
}

/** In the name, as everywhere else: `prefix:version:name`, and fields as they are. */
export const KEYED_NAMES: HashLayout = Object.freeze<HashLayout>({
  nameOf: (space, name, { version }) => space.storedKey(name, version),
  fieldOf: (_space, field) => formatKey(field),
  matchOf: (_space, match) => formatKey(match),
  userField: (_space, stored) => (isUtf8(stored) ? String(stored) : undefined),
});

/** In each field, as django-redis does it: the name as it is, and fields `prefix:version:field`. */
export const KEYED_FIELDS: HashLayout = Object.freeze<HashLayout>({
  nameOf: (_space, name) => formatKey(name),
  fieldOf: (space, field, { version }) => space.storedKey(field, version),
  matchOf: (space, match, { version }) => space.patternOf(match, space.versionOf(version)),
  userField: (space, stored, { version }) => {
    const field = space.userKey(stored, space.versionOf(version));
    return field !== undefined && space.storedKey(field, version) === String(stored) ? field : undefined;
  },
});
