import type { Serializer } from '../../codec/ports/serializer.js';
import { createValueCodec } from '../../codec/value-codec.js';
import { HERD_MARKER } from '../../codec/values/herd-marker.js';
import { kindOf } from '../../codec/values/kind.js';
import { Tuple } from '../../codec/values/tuple.js';
import type { SettingReader } from '../read/setting-reader.js';
import type { Dialect } from './dialect.js';

/**
 * Reads the settings of django-redis' HerdClient: `inner` reads all settings, and entries get a soft end.
 * Needs pickle: no other serializer can write the marker, which Django finds out at the first use.
 */
export function herdDialect(inner: Dialect): Dialect {
  return (input) => {
    const config = inner(input);
    if (!config || !writesMarker(config.serializer, input.options)) return undefined;
    return { ...config, herdMs: input.globals.herdMs };
  };
}

/** Tries the serializer, whatever its name: what counts is that a marker is read back as one. */
function writesMarker(serializer: Serializer, options: SettingReader): boolean {
  try {
    const codec = createValueCodec(serializer);
    const [marker] = codec.decode(Buffer.from(codec.encode(Tuple.of<unknown[]>(HERD_MARKER, 'value', 0)))) as [unknown];
    if (typeof marker === 'object' && marker !== null && kindOf(marker) === 'herd-marker') return true;
  } catch {
    // A serializer that has no such type says so, each in its own way.
  }
  options.reject('SERIALIZER', {
    expected: "'pickle', beside HerdClient",
    got: 'a serializer that can not write its marker',
    remedy: "Leave SERIALIZER out, here and in Django, or write CLIENT_CLASS 'django_redis.client.DefaultClient'.",
  });
  return false;
}
