import { oneObject } from './one-object.js';

/**
 * Makes a class one with those of its name in other copies of this package: what is an instance of one is an
 * instance of each, and `otherCopiesOf` lists them. A class of the user's that extends one of ours is known
 * by its prototype, as any other.
 *
 * @param name a literal: minifiers give classes of several modules one name.
 */
export function knowClass(type: Function, name: string): void {
  const isInstance = Function.prototype[Symbol.hasInstance];
  const classes = classesOf(name).add(type);
  const hasInstance = function (this: Function, value: unknown): boolean {
    return this === type ? [...classes].some((one) => isInstance.call(one, value)) : isInstance.call(this, value);
  };
  Object.defineProperty(type, Symbol.hasInstance, { value: hasInstance });
}

/** Lists the classes that other copies, of those loaded until now, have in place of this one. */
export function otherCopiesOf(type: Function): readonly Function[] {
  const all = [...loaded().values()].find((classes) => classes.has(type)) ?? [];
  return [...all].filter((one) => one !== type);
}

function classesOf(name: string): Set<Function> {
  const classes = loaded().get(name) ?? new Set();
  loaded().set(name, classes);
  return classes;
}

function loaded(): Map<string, Set<Function>> {
  return oneObject('classes', () => new Map<string, Set<Function>>());
}
