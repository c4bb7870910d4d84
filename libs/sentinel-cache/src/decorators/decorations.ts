import { recordAlias } from '../copies/injected-aliases.js';

/** Where a class keeps what its methods are decorated with: a name, which copies of the package share. */
const DECORATIONS = 'nestjs-sentinel-cache:method-decorations';

/** One decorator on a method, as it was written: nothing is checked yet. */
export interface Decoration {
  readonly decorator: 'Cached' | 'CachePut' | 'CacheEvict';
  readonly timeout?: unknown;
  /** Options; what `@CacheEvict` was given. */
  readonly given: unknown;
}

/** A method, and its decorators from the bottom up. */
export interface DecoratedMethod {
  readonly name: string | symbol;
  /** The prototype on which it stands: that of the class, or of one it extends. */
  readonly holder: object;
  readonly method: Function;
  readonly decorations: readonly Decoration[];
}

/** A decorator on something else than a method of instances. */
export interface Misplaced {
  readonly decorator: Decoration['decorator'];
  readonly name: string;
  readonly what: string;
}

interface Kept extends Decoration {
  readonly name: string | symbol | undefined;
  readonly isMethod: boolean;
}

/** Makes a decorator that writes down that it stands there. */
export function decorating(decoration: Decoration): MethodDecorator {
  return (target: object, name: string | symbol, descriptor?: PropertyDescriptor): void => {
    const kept: Kept = { ...decoration, name, isMethod: typeof descriptor?.value === 'function' };
    // By class and name: another decorator may put a function of its own in the method's place.
    Reflect.defineMetadata(DECORATIONS, [...keptOn(target), kept], target);
  };
}

/** Records the alias that options name, as `@InjectCache` does. */
export function recordAliasIn(options: unknown): void {
  const alias: unknown = (options as { cache?: unknown } | null | undefined)?.cache;
  if (typeof alias === 'string') recordAlias(alias);
}

/**
 * Lists the decorated methods that a prototype has, inherited ones too. A method that a class overrides has
 * the decorators that stand there, as in all of Nest.
 */
export function decoratedMethodsOf(prototype: object): DecoratedMethod[] {
  const seen = new Set<string | symbol>();
  return chainOf(prototype).flatMap((holder) => {
    const own = Reflect.ownKeys(holder).filter((name) => !seen.has(name));
    for (const name of own) seen.add(name);
    const kept = keptOn(holder).filter(({ isMethod }) => isMethod);
    return own.flatMap((name) => {
      const decorations = kept.filter((one) => one.name === name);
      const method: unknown = decorations.length > 0 ? Object.getOwnPropertyDescriptor(holder, name)?.value : undefined;
      return typeof method === 'function' ? [{ name, holder, method, decorations }] : [];
    });
  });
}

/** Lists the decorators of a class on static methods, accessors, fields, and the class itself. */
export function misplacedIn(type: Function): Misplaced[] {
  const onInstances = chainOf(type.prototype as object | null).flatMap((holder) => keptOn(holder));
  const fields = onInstances.filter(({ isMethod }) => !isMethod).map((one) => misplaced(one, 'an accessor or a field'));
  const statics = chainOf(type).flatMap((holder) => keptOn(holder));
  return [...fields, ...statics.map((one) => misplaced(one, one.name === undefined ? 'a class' : 'a static method or a field'))];
}

function misplaced({ decorator, name }: Kept, what: string): Misplaced {
  return { decorator, name: String(name ?? ''), what };
}

function chainOf(object: object | null): object[] {
  const chain: object[] = [];
  for (
    let at = object;
    at && at !== Object.prototype && at !== Function.prototype;
    at = Object.getPrototypeOf(at) as object | null
  )
    chain.push(at);
  return chain;
}

function keptOn(target: object): readonly Kept[] {
  return (Reflect.getOwnMetadata(DECORATIONS, target) as Kept[] | undefined) ?? [];
}
