/**
 * Marks the prototypes of our value classes; a registered symbol, so that values of a duplicate install are
 * still known.
 */
export const KIND: unique symbol = Symbol.for('nestjs-sentinel-cache.value-kind') as never;

/** The Python types that JavaScript has no type of its own for. */
export type Kind =
  | 'tuple'
  | 'frozenset'
  | 'ordered-dict'
  | 'bytearray'
  | 'naive-datetime'
  | 'aware-datetime'
  | 'date'
  | 'time'
  | 'timedelta'
  | 'timezone'
  | 'decimal'
  | 'uuid'
  | 'complex'
  | 'range'
  | 'safe-string'
  | 'ellipsis'
  | 'herd-marker'
  | 'msgpack-extension';

/**
 * Tells which of our value classes the object belongs to; `undefined` for anything else. Never runs a getter
 * of the user's.
 */
export function kindOf(value: object): Kind | undefined {
  return (value as { [KIND]?: Kind })[KIND];
}

/**
 * Lets `instanceof` ask for the kind of a value, not for its constructor: a program that both imports and
 * requires this package has two of each class. A class of the user's that extends one of ours is known by its
 * prototype, as any other.
 */
export function knowByKind(type: Function, kind: Kind): void {
  const hasInstance = function (this: unknown, value: unknown): boolean {
    if (this !== type) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && kindOf(value) === kind;
  };
  Object.defineProperty(type, Symbol.hasInstance, { value: hasInstance });
}
