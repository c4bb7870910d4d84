import { PATH_METADATA, ROUTE_ARGS_METADATA, SSE_METADATA } from '@nestjs/common/constants.js';

import { problemOfLoad } from '../../cache/load/load-plan.js';
import { decoratedMethodsOf, misplacedIn, type DecoratedMethod } from '../../decorators/decorations.js';
import { readPlan, type MethodPlan } from '../../decorators/method-plan.js';
import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import { serializerOf } from './serialized-routes.providers.js';
import { takesResponse, type Controller, type Handler } from '../../http/page-route.providers.js';

/** What marks a method that Nest calls, and whose result Nest waits for. */
const HANDLER_MARKS = ['path', 'microservices:pattern', 'websockets:message_mapping', 'graphql:resolver_type'];

/** What routes take that holds functions or itself, by Nest's numbers (RouteParamtypes). */
const UNKEYABLE: Readonly<Record<string, string>> = Object.freeze({ 0: '@Req()', 1: '@Res()', 2: '@Next()' });

/** The decorated methods of a class, understood. */
export interface DecoratedClass {
  readonly plans: ReadonlyMap<string | symbol, PlannedMethod>;
  readonly problems: readonly SettingProblem[];
}

/** A decorated class, and the module that has it first. */
export interface PlacedClass {
  readonly decorated: DecoratedClass;
  readonly module: string;
}

/** A method and its plan. */
export interface PlannedMethod {
  readonly method: Function;
  readonly plan: MethodPlan;
}

/** Reads what stands on the methods of classes, once for each. */
export class DecoratedClasses {
  private readonly known = new WeakMap<object, DecoratedClass>();

  /** Returns what stands on a class, by its prototype; undefined without a decorator of ours. */
  of(prototype: object): DecoratedClass | undefined {
    const known = this.known.get(prototype) ?? read(prototype);
    this.known.set(prototype, known);
    return known.plans.size > 0 || known.problems.length > 0 ? known : undefined;
  }
}

function read(prototype: object): DecoratedClass {
  const { constructor: type } = prototype as { constructor?: unknown };
  const isClass = typeof type === 'function' && type.prototype === prototype;
  const name = isClass ? type.name : 'Object';
  const methods = decoratedMethodsOf(prototype).map((decorated) => {
    const facts = factsOf(decorated, { type: isClass ? type : Object, name });
    const { plan, problems } = readPlan(facts, decorated.decorations);
    return { decorated, plan, problems: [...problems, ...problemsOfLoads(plan)] };
  });
  return {
    plans: new Map(methods.map(({ decorated, plan }) => [decorated.name, { method: decorated.method, plan }])),
    problems: [...(isClass ? problemsOfPlaces(type) : []), ...methods.flatMap(({ problems }) => problems)],
  };
}

function factsOf({ name, holder, method }: DecoratedMethod, { type, name: className }: { type: Function; name: string }) {
  const isRoute = HANDLER_MARKS.some((mark) => Reflect.hasMetadata(mark, method));
  const answersPastNest =
    isRoute && (Reflect.hasMetadata(SSE_METADATA, method) || takesResponse(type as Controller, method as Handler));
  const isOfHttp = Reflect.hasMetadata(PATH_METADATA, method);
  return {
    label: `${className}.${String(name)}`,
    method,
    isRoute,
    answersPastNest,
    serializer: isRoute ? serializerOf(type, method) : ('none' as const),
    returnType: Reflect.getMetadata('design:returntype', holder, name) as unknown,
    takesUnkeyable: isOfHttp && !answersPastNest ? unkeyableOf(type, name) : undefined,
    takenBy: takenBy(type, name),
  };
}

function unkeyableOf(type: Function, name: string | symbol): string | undefined {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) ?? {}) as object;
  // `0:1`: a request, as the second parameter.
  const kinds = Object.keys(args).map((arg) => /^(\d+):/.exec(arg)?.[1] ?? '');
  return kinds.map((kind) => UNKEYABLE[kind]).find((decorator) => decorator !== undefined);
}

/** The names by which a route takes its parameters: `@Param('id')`. */
function takenBy(type: Function, name: string | symbol): (string | undefined)[] {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) ?? {}) as Record<string, { index: number; data?: unknown }>;
  const names: (string | undefined)[] = [];
  for (const { index, data } of Object.values(args)) names[index] = typeof data === 'string' ? data : undefined;
  return Array.from(names);
}

/** What is wrong with options that are for `getOrSet`, whatever cache they are for. */
function problemsOfLoads({ steps, label }: MethodPlan): SettingProblem[] {
  return steps.flatMap((step) => {
    const problem = step.does === 'cached' ? problemOfLoad(step.options, { isHerd: false }) : undefined;
    if (!problem) return [];
    const { option, expected, got, remedy = 'Correct it, or leave it out.' } = problem;
    return [{ path: `@Cached of ${label}.${option}`, expected, got, remedy }];
  });
}

function problemsOfPlaces(type: Function): SettingProblem[] {
  return misplacedIn(type).map(({ decorator, name, what }) => ({
    path: `@${decorator} of ${[type.name, name].filter(Boolean).join('.')}`,
    expected: 'a method of instances',
    got: what,
    remedy: `Put @${decorator} on a method of a provider or a controller.`,
  }));
}
