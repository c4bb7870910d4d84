import type { ModulesContainer } from '@nestjs/core';

import { problemOfLoad } from '../../cache/load/load-plan.js';
import { SentinelCaches } from '../../cache/sentinel-caches.js';
import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import type { AliasNeed } from '../../settings/sessions/program-parts.js';
import type { DecoratedClass, DecoratedClasses } from './decorated-classes.providers.js';
import { sourceOf, type Module } from './token-consumers.providers.js';

/** Nest's record of a provider or a controller. */
export type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;

const DECORATORS = { cached: '@Cached', put: '@CachePut', evict: '@CacheEvict' } as const;

/** What decorators ask of the settings. */
export interface DecoratorNeeds {
  /** The aliases that they name, and which does: `@Cached of UsersService.find names it`. */
  readonly aliases: readonly AliasNeed[];
  /** The aliases whose entries they give tags, or take away by tags. */
  readonly tagged: readonly AliasNeed[];
  /** The aliases whose values they keep past their timeout, or make anew before it. */
  readonly graced: readonly AliasNeed[];
  readonly problems: readonly SettingProblem[];
}

/** Lists the providers and controllers whose modules get their caches from the module that `isOurs` tells. */
export function wrappersServedBy(modules: ModulesContainer, isOurs: (module: Module) => boolean): Wrapper[] {
  return [...modules.values()].flatMap((module) => {
    const source = isOurs(module) ? undefined : sourceOf(SentinelCaches, module);
    return source && isOurs(source) ? wrappersOf(module) : [];
  });
}

/** Lists what the decorators on these classes ask for, and what is wrong with them. Instantiates nothing. */
export function needsOf(wrappers: readonly Wrapper[], classes: DecoratedClasses): DecoratorNeeds {
  const decorated = new Set(wrappers.map((wrapper) => classOf(wrapper, classes)).filter((one) => one !== undefined));
  const steps = [...decorated].flatMap(({ plans }) =>
    [...plans.values()].flatMap(({ plan }) =>
      plan.steps.map((step) => ({ step, who: `${DECORATORS[step.does]} of ${plan.label}` })),
    ),
  );
  return {
    aliases: steps.map(({ step: { alias }, who }) => ({ alias, why: `${who} names it` })),
    tagged: steps.filter(({ step }) => step.tagsOf).map(({ step: { alias }, who }) => ({ alias, why: `${who} names tags` })),
    graced: steps.flatMap(({ step, who }) => {
      // What is wrong for every cache has been told.
      if (step.does !== 'cached' || problemOfLoad(step.options, { isHerd: false })) return [];
      const problem = problemOfLoad(step.options, { isHerd: true });
      return problem ? [{ alias: step.alias, why: `${who} has ${problem.option}` }] : [];
    }),
    problems: [...decorated].flatMap(({ problems }) => problems),
  };
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
          path: `${DECORATORS[step!.does]} of ${method.plan.label}`,
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

/** What stands on the class of a provider; undefined of one that a factory is still to make. */
function classOf({ metatype, inject, instance }: Wrapper, classes: DecoratedClasses): DecoratedClass | undefined {
  const isClass = typeof metatype === 'function' && !inject;
  const prototype: unknown = isClass ? metatype.prototype : isObject(instance) ? Object.getPrototypeOf(instance) : undefined;
  return isObject(prototype) ? classes.of(prototype) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
