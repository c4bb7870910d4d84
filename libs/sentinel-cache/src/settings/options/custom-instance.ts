/**
 * Returns the user's own object with these methods, or a new instance of the user's class; undefined for
 * anything else.
 */
export function instanceWith<Wanted extends object>(value: unknown, methods: readonly (keyof Wanted)[]): Wanted | undefined {
  try {
    if (hasMethods(value, methods)) return value;
    return isClassWith(value, methods) ? new value() : undefined;
  } catch {
    return undefined;
  }
}

/** Describes a function or class that could not be used; undefined for other values. */
export function describeOwn<Wanted extends object>(value: unknown, methods: readonly (keyof Wanted)[]): string | undefined {
  if (typeof value !== 'function') return undefined;
  if (isClassWith(value, methods)) return 'a class whose constructor throws when nothing is passed to it';
  return `a function or class without ${methods.join(' and ')}`;
}

function isClassWith<Wanted extends object>(value: unknown, methods: readonly (keyof Wanted)[]): value is new () => Wanted {
  return typeof value === 'function' && hasMethods<Wanted>(value.prototype, methods);
}

function hasMethods<Wanted extends object>(value: unknown, methods: readonly (keyof Wanted)[]): value is Wanted {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return methods.every((name) => typeof (value as Wanted)[name] === 'function');
}
