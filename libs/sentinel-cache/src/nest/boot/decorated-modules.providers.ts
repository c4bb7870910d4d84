import type { ModulesContainer } from '@nestjs/core';

import { SentinelCaches } from '../../cache/sentinel-caches.js';
import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import type { DecoratedClass, DecoratedClasses, PlacedClass } from './decorated-classes.providers.js';
import { nameOf } from './decorator-needs.js';
import { sourceOf, type Module } from './token-consumers.providers.js';

/** Nest's record of a provider or a controller. */
export type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;

/** Lists the providers and controllers whose modules get their caches from the module that `isOurs` tells. */
export function wrappersServedBy(modules: ModulesContainer, isOurs: (module: Module) => boolean): Wrapper[] {
  return [...modules.values()].flatMap((module) => {
    const source = isOurs(module) ? undefined : sourceOf(SentinelCaches, module);
    return source && isOurs(source) ? wrappersOf(module) : [];
  });
}

/** Lists a problem for each decorated class in a module that sees no caches. */
export function unseenBy(modules: ModulesContainer, classes: DecoratedClasses): SettingProblem[] {
  const blind = [...modules.values()].filter((module) => sourceOf(SentinelCaches, module) === undefined);
  return blind.flatMap((module) =>
    wrappersOf(module).flatMap((wrapper) => {
      const [method] = classOf(wrapper, classes)?.plans.values() ?? [];
      if (!method) return [];
      const [step] = method.plan.steps;
      return [
        {
          path: `${nameOf(step!)} of ${method.plan.label}`,
          expected: 'a module that sees the caches',
          got: `${module.name}, which does not import SentinelCacheModule`,
          remedy: `Import it in ${module.name}, or leave out isGlobal: false.`,
        },
      ];
    }),
  );
}

function wrappersOf(module: Module): Wrapper[] {
  const all = [module.providers, module.injectables, module.controllers].flatMap((group) => [...group.values()] as Wrapper[]);
  return all.filter(({ isAlias }) => !isAlias);
}

/** Lists the decorated classes of these providers, each once. Instantiates nothing. */
export function decoratedAmong(wrappers: readonly Wrapper[], classes: DecoratedClasses): PlacedClass[] {
  const found = new Map<DecoratedClass, PlacedClass>();
  for (const wrapper of wrappers) {
    const decorated = classOf(wrapper, classes);
    if (decorated && !found.has(decorated)) found.set(decorated, { decorated, module: wrapper.host?.name ?? 'a module' });
  }
  return [...found.values()];
}

/** What stands on the class of a provider; undefined of one that a factory is still to make. */
function classOf({ metatype, inject, instance }: Wrapper, classes: DecoratedClasses): DecoratedClass | undefined {
  const isClass = typeof metatype === 'function' && !inject;
  const prototype: unknown = isClass ? metatype.prototype : isObject(instance) ? Object.getPrototypeOf(instance) : undefined;
  return isObject(prototype) ? classes.of(prototype) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
