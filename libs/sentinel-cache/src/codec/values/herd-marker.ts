import { oneObject } from '../../copies/one-object.js';
import { KIND, knowByKind } from './kind.js';

/**
 * An instance of `django_redis.client.herd.Marker`: the first item of the tuple in which HerdClient keeps a
 * value and its soft end. Only a cache without HerdClient ever hands one out.
 */
export class HerdMarker {
  static {
    knowByKind(this, 'herd-marker');
  }

  get [KIND](): 'herd-marker' {
    return 'herd-marker';
  }

  /** Returns `Marker()`. */
  toString(): string {
    return 'Marker()';
  }
}

/** The marker: all are alike, as they hold nothing. */
export const HERD_MARKER: HerdMarker = oneObject('herd-marker', () => Object.freeze(new HerdMarker()));
