import type { ModulesContainer } from '@nestjs/core';

import { PlannedMethods, planOf } from '../../decorators/planned-method.js';
import { ImproperlyConfiguredError, type SettingProblem } from '../../errors/improperly-configured.error.js';
import { DecoratedClasses, type PlannedMethod } from '../boot/decorated-classes.providers.js';
import { decoratedAmong, unseenBy, wrappersServedBy, type Wrapper } from '../boot/decorated-modules.providers.js';
import { needsOf, type DecoratorNeeds } from '../boot/decorator-needs.js';
import { checkAliases, checkGraced, checkTagged } from '../../settings/sessions/program-parts.js';
import type { ResolvedSettings } from '../../settings/shapes/resolved-settings.js';
import { SettingProblems } from '../../settings/read/setting-problems.js';

/**
 * Puts decorated methods in the place of those of providers and controllers: on each instance, when Nest
 * makes it, so that classes stay as they are. Request-scoped and transient ones come later; what a factory
 * returns is looked at, too.
 */
export class DecoratedMethods {
  readonly methods = new PlannedMethods();
  /** What the decorators ask of the settings. */
  readonly needs: DecoratorNeeds;
  private readonly classes = new DecoratedClasses();
  private readonly wrappers: readonly Wrapper[];

  constructor(modules: ModulesContainer, isOurs: Parameters<typeof wrappersServedBy>[1]) {
    this.wrappers = wrappersServedBy(modules, isOurs);
    const needs = needsOf(decoratedAmong(this.wrappers, this.classes));
    this.needs = { ...needs, problems: [...needs.problems, ...unseenBy(modules, this.classes)] };
    // The settings are refused for what is wrong here, together with what is wrong in them.
    if (this.needs.problems.length > 0) return;
    for (const wrapper of this.wrappers) this.takeOver(wrapper);
  }

  /** Whether a handler of Nest has something to do once its interceptors are done. */
  get followHandlers(): boolean {
    const types = this.wrappers.map(({ metatype }) => metatype?.prototype as object | undefined);
    const plans = types.flatMap((type) => [...((type && this.classes.of(type)?.plans.values()) ?? [])]);
    return plans.some(({ plan }) => plan.isRoute && plan.steps.some(({ does }) => does !== 'cached'));
  }

  /**
   * Looks at every instance there is: a factory may have been waited for while the others were taken over.
   * `hasPages`: whether routes of this application keep pages, which is known only now. Throws
   * ImproperlyConfiguredError, for what factories made, too.
   */
  finish({ caches }: Pick<ResolvedSettings, 'caches'>, hasPages: boolean): void {
    for (const wrapper of this.wrappers) this.installOnExisting(wrapper);
    const problems = new SettingProblems();
    const { aliases, tagged, evicting, paths, graced, problems: others } = needsOf(decoratedAmong(this.wrappers, this.classes));
    for (const problem of others) problems.add(problem);
    checkAliases(aliases, [...caches.keys()], problems);
    checkTagged(hasPages ? tagged : [...tagged, ...evicting], caches, problems);
    checkGraced(graced, caches, problems);
    for (const who of hasPages ? [] : paths) problems.add(withoutPages(who));
    problems.throwIfAny();
  }

  private takeOver(wrapper: Wrapper): void {
    const { metatype, inject } = wrapper;
    this.installOnExisting(wrapper);
    if (typeof metatype !== 'function') return;
    // Nest copies the fields of an instance that others already hold.
    const install = (made: unknown): unknown => this.installOn(made, { enumerable: wrapper.forwardRef === true });
    if (inject) wrapper.metatype = making(metatype, install);
    else if (this.classes.of(metatype.prototype as object)) wrapper.metatype = constructing(metatype, install);
  }

  private installOnExisting(wrapper: Wrapper): void {
    const enumerable = wrapper.forwardRef === true;
    const instances = [
      wrapper.instance as unknown,
      ...wrapper.getStaticTransientInstances().map((one) => one?.instance as unknown),
    ];
    for (const instance of instances) this.installOn(instance, { enumerable });
  }

  private installOn(instance: unknown, { enumerable }: { readonly enumerable: boolean }): unknown {
    if (typeof instance !== 'object' || instance === null) return instance;
    const prototype = Object.getPrototypeOf(instance) as object | null;
    const decorated = prototype ? this.classes.of(prototype) : undefined;
    if (!decorated) return instance;
    if (decorated.problems.length > 0) throw new ImproperlyConfiguredError(decorated.problems);
    for (const [name, planned] of decorated.plans) this.install(instance, name, { ...planned, enumerable });
    return instance;
  }

  private install(instance: object, name: string | symbol, of: PlannedMethod & { readonly enumerable: boolean }): void {
    const own = Object.getOwnPropertyDescriptor(instance, name);
    const current: unknown = own ? own.value : of.method;
    if (typeof current !== 'function' || planOf(current) === of.plan) return;
    if (own ? !own.configurable : !Object.isExtensible(instance)) throw sealed(of.plan.label);
    const value = this.methods.replacing(current, of.plan);
    Object.defineProperty(instance, name, { value, writable: true, configurable: true, enumerable: of.enumerable });
  }
}

function withoutPages(who: string): SettingProblem {
  return {
    path: `${who}.path`,
    expected: 'an application with pages',
    got: 'one without',
    remedy: "Put @CachePage on a route, or name the alias where another application keeps its pages: { path, cache: 'pages' }.",
  };
}

/** A factory as Nest calls it. */
function making(factory: Function, install: (made: unknown) => unknown): Function {
  return (...args: unknown[]): unknown => {
    const made: unknown = Reflect.apply(factory, undefined, args);
    return made instanceof Promise ? made.then(install) : install(made);
  };
}

/** A class as Nest calls it: what it makes is an instance of the class itself. */
function constructing(type: Function, install: (made: unknown) => unknown): Function {
  const provided = function (...args: unknown[]): unknown {
    return install(Reflect.construct(type, args));
  };
  // Metadata and static members are those of the class.
  Object.setPrototypeOf(provided, type);
  return Object.defineProperties(provided, { prototype: { value: type.prototype }, name: { value: type.name } });
}

function sealed(label: string): ImproperlyConfiguredError {
  const remedy = 'Leave out Object.freeze and Object.seal.';
  return new ImproperlyConfiguredError([
    { path: label, expected: 'an instance that can be changed', got: 'a frozen or sealed one', remedy },
  ]);
}
