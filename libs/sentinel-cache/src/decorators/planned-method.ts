import { defer, from, isObservable, lastValueFrom } from 'rxjs';

import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { OwnWork } from '../keys/own-work.js';
import { afterSuccess, isAsynchronous, isIterator } from './after-success.js';
import { CallScope, type HandlerCall } from './call-scope.js';
import type { CachesAndPages } from './evict.js';
import type { MethodCall } from './method-call.js';
import type { MethodPlan } from './method-plan.js';
import { runAfterwards, type CachedStep } from './steps.js';
import { storable } from './storable-value.js';

/** On a function in a method's place: the method, and its plan. Copies of the package share the names. */
const ORIGINAL = Symbol.for('nestjs-sentinel-cache.decorated-original');
const PLAN = Symbol.for('nestjs-sentinel-cache.decorated-plan');

type Run = () => unknown;
type Planned = Function & { [ORIGINAL]?: Function; [PLAN]?: MethodPlan };

/** Makes the functions that stand in the place of an application's decorated methods. */
export class PlannedMethods {
  readonly scope = new CallScope<MethodPlan>();
  /** Entries that are being made: to wait for one around this very call would last for ever. */
  private readonly ownWork = new OwnWork();
  private around: CachesAndPages | undefined;

  /** Calls before this run as if there were no decorators: there are no caches yet. */
  begin(around: CachesAndPages): void {
    this.around = around;
  }

  /**
   * Returns the function that stands in a method's place, with all that Nest and others know of it. Of one
   * that stands there for another application, it takes the method.
   */
  replacing(method: Planned, plan: MethodPlan): Function {
    const original = method[ORIGINAL] ?? method;
    const call = (instance: unknown, args: unknown[]): unknown => this.call(plan, { original, instance, args });
    const planned = function (this: unknown, ...args: unknown[]): unknown {
      return call(this, args);
    };
    for (const key of Reflect.getMetadataKeys(original) as unknown[])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, original), planned);
    const own = Object.getOwnPropertyDescriptors(original) as PropertyDescriptorMap;
    delete own['prototype'];
    return Object.defineProperties(planned, { ...own, [ORIGINAL]: { value: original }, [PLAN]: { value: plan } });
  }

  private call(plan: MethodPlan, { original, instance, args }: { original: Function; instance: unknown; args: unknown[] }) {
    const { around } = this;
    const run: Run = () => Reflect.apply(original, instance, args);
    if (!around) return run();
    const isSerialized = plan.serializer === 'here' || (plan.serializer === 'global' && around.isSerialized());
    const call: MethodCall = { label: plan.label, isSerialized, instance, args };
    const handler = this.scope.takeHandler(plan);
    const all = plan.steps.reduce<Run>(
      (inner, step) =>
        step.does === 'cached'
          ? () => this.cached(step, call, { caches: around.caches, run: inner })
          : () => afterSuccess(inner(), (result) => afterwards(handler, () => runAfterwards(step, { ...call, result }, around))),
      () => checked(run(), plan),
    );
    return plan.answer === 'observable' && plan.isCached ? defer(() => from(all() as Promise<unknown>)) : all();
  }

  private async cached(step: CachedStep, call: MethodCall, { caches, run }: { caches: SentinelCaches; run: Run }) {
    const cache = caches.get(step.alias);
    const key = step.keyOf(call);
    const entry = `${step.alias} ${cache.makeKey(key, step.options.version)}`;
    if (this.ownWork.isFor(entry)) return run();
    const make = async (): Promise<unknown> => storable(await this.ownWork.run(entry, () => settled(run())), call);
    const { tagsOf } = step;
    const options = tagsOf ? { ...step.options, tags: tagsOf(call) } : step.options;
    return cache.getOrSet(key, make, step.timeout, options);
  }
}

/** Returns the plan of a function that stands in a method's place; undefined for any other. */
export function planOf(method: Planned): MethodPlan | undefined {
  return method[PLAN];
}

/** What stands after a handler waits for its interceptors; after any other method it is done at once. */
async function afterwards(handler: HandlerCall<MethodPlan> | undefined, work: () => Promise<void>): Promise<void> {
  if (handler) handler.add(work);
  else await work();
}

async function settled(given: unknown): Promise<unknown> {
  const value = await given;
  return isObservable(value) ? lastValueFrom(value, { defaultValue: undefined }) : value;
}

/** Throws InvalidArgumentError when the method gave what must not become a promise. */
function checked(given: unknown, { label, isRoute, isCached, answer }: MethodPlan): unknown {
  if (isRoute) return given;
  if (!isAsynchronous(given))
    throw new InvalidArgumentError(
      `${label}: expected a decorated method that returns a promise, got one that does not. Declare it async.`,
    );
  if (isCached && (isIterator(given) || (isObservable(given) && answer !== 'observable')))
    throw new InvalidArgumentError(
      `${label}: expected @Cached on a method whose type says what it returns, got an Observable or iterator. ` +
        'Declare it as one that returns an Observable, or make it async.',
    );
  return given;
}
