const ORDER: unique symbol = Symbol.for('nestjs-sentinel-cache.key-order') as never;

/** A Python dict whose keys are all strings. */
export type StringDict = Record<string, unknown>;

/** Sets an own field; `__proto__` is a key like any other. */
export function setField(dict: StringDict, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(dict, key, { value, writable: true, enumerable: true, configurable: true });
  else dict[key] = value;
}

/** The largest index. V8 keeps an object that had it in a table. */
const NO_INDEX = 4_294_967_294;

/** How far apart indices may be that V8 keeps in an array. */
const MOST_APART = 8;

/**
 * Whether V8 would make too long an array for this field, the next one of an object that has `fields`:
 * `'1023'` alone takes 12 KB.
 */
export function isFarIndex(key: string, fields: number): boolean {
  return startsWithDigit(key) && Number(key) > MOST_APART * (fields + 1);
}

/** Lets V8 keep the fields of an object that are indices in a table, now and later. */
export function keepIndicesInTable(dict: StringDict): void {
  // A dict that has this field is in a table already.
  if (Object.hasOwn(dict, NO_INDEX)) return;
  dict[NO_INDEX] = null;
  delete dict[NO_INDEX];
}

/**
 * Lets an object remember the order of its keys when JavaScript's own differs (it moves `'2'` and `'10'` in
 * front, sorted), so that writing it back keeps Python's. Invisible to `Object.keys`, spreading and JSON; a
 * copy loses it.
 */
export function rememberOrder(dict: StringDict, keys: readonly string[]): void {
  const wanted = [...new Set(keys)];
  const actual = Object.keys(dict);
  if (wanted.some((key, index) => key !== actual[index])) {
    Object.defineProperty(dict, ORDER, { value: wanted, writable: true, configurable: true });
  }
}

/**
 * Returns the own enumerable keys in the order they are written in: a remembered one first, then the keys
 * added since.
 */
export function orderedKeys(dict: object): string[] {
  const keys = Object.keys(dict);
  // Keys that JavaScript reorders always come first.
  if (keys.length === 0 || !startsWithDigit(keys[0]!)) return keys;
  const remembered = (dict as { [ORDER]?: readonly string[] })[ORDER];
  if (remembered === undefined) return keys;
  const present = new Set(keys);
  return [...new Set([...remembered.filter((key) => present.has(key)), ...keys])];
}

/** Whether the object remembers another order of its keys than JavaScript's. */
export function hasRememberedOrder(dict: object): boolean {
  return (dict as { [ORDER]?: readonly string[] })[ORDER] !== undefined;
}

/** Whether JavaScript may move this key to the front. */
export function startsWithDigit(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 48 && first <= 57;
}
