/** On the global object, under a registered symbol: the one place that every copy finds. */
const OBJECTS = Symbol.for('nestjs-sentinel-cache.objects');

/**
 * Returns the object of that name, made by the copy that asks first: state of the whole process, and
 * constants that users compare with `===`.
 */
export function oneObject<T extends object>(name: string, make: () => T): T {
  const everywhere = globalThis as { [OBJECTS]?: Map<string, object> };
  const objects = (everywhere[OBJECTS] ??= new Map());
  const object = objects.get(name) ?? make();
  objects.set(name, object);
  return object as T;
}
