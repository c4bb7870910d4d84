import type { TemplateNames } from './key/key-template.js';
import { parametersOf } from './key/parameter-names.js';

/** What is known of a decorated method before it is called. */
export interface MethodFacts {
  /** Class and method, as errors and keys name it: `UsersService.find`. */
  readonly label: string;
  readonly method: Function;
  /** Whether Nest calls it and waits for what it returns: a route, a handler of messages. */
  readonly isRoute: boolean;
  /** Whether it answers past Nest: `@Sse`, `@Res()` without passthrough. */
  readonly answersPastNest: boolean;
  /** Which interceptor makes plain objects of the instances that it returns, by their classes. */
  readonly serializer: Serializer;
  /** The type that TypeScript wrote down for what it returns; undefined where it wrote none. */
  readonly returnType: unknown;
  /** What a route takes that no key can be made of (`@Req()`); undefined when all arguments can. */
  readonly takesUnkeyable: string | undefined;
  /** The names by which a route takes its parameters (`@Param('id')`), by position. */
  readonly takenBy: readonly (string | undefined)[];
}

/**
 * `here`: one that stands on the route. `global`: one of the whole application, where there is one. `none`:
 * it is no route, or one that says the class itself, so that plain objects become instances first.
 */
export type Serializer = 'here' | 'global' | 'none';

/** What a method gives its caller, as far as that can be told before it is called. */
export type Answer = 'promise' | 'observable' | 'iterator' | 'value' | 'unknown';

/** Tells what a method gives its caller. */
export function answerOf({ method, returnType }: MethodFacts): Answer {
  const kind = Object.prototype.toString.call(method);
  if (kind === '[object AsyncFunction]') return 'promise';
  if (kind === '[object AsyncGeneratorFunction]') return 'iterator';
  if (kind === '[object GeneratorFunction]') return 'value';
  // TypeScript writes Object for interfaces and unions, and nothing for void and for what it infers.
  if (typeof returnType !== 'function' || returnType === Object) return 'unknown';
  const type = returnType.prototype as Record<PropertyKey, unknown> | undefined;
  if (typeof type?.['then'] === 'function') return 'promise';
  if (typeof type?.['subscribe'] === 'function') return 'observable';
  return typeof type?.[Symbol.asyncIterator] === 'function' ? 'iterator' : 'value';
}

/** Returns the names that templates of a method may use. */
export function templateNamesOf({ method, takenBy }: MethodFacts, hasResult: boolean): TemplateNames {
  const { names, takesMore, rest } = parametersOf(method);
  const positions = new Map<string, number[]>();
  for (const list of [names, takenBy]) {
    for (const [i, name] of list.entries()) {
      if (name === undefined) continue;
      const known = positions.get(name) ?? [];
      positions.set(name, known.includes(i) ? known : [...known, i]);
    }
  }
  const count = takesMore ? undefined : Math.max(names.length, takenBy.length);
  return { positions, count, rest: rest === undefined ? undefined : names[rest], hasResult };
}
