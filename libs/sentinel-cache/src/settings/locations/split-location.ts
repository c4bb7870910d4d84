/** The items of a LOCATION: text cut at separators and not trimmed, a list or Set as it is; else undefined. */
export function splitLocation(location: unknown, separators: RegExp): readonly unknown[] | undefined {
  if (typeof location === 'string') return location === '' ? [] : location.split(separators);
  if (Array.isArray(location)) return location;
  return location instanceof Set ? [...location] : undefined;
}
