import { Cache } from '@nestjs/cache-manager';
import type { OnModuleInit } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import type { DecoratorNeeds } from './boot/decorator-needs.js';
import { otherManagers } from './boot/other-managers.providers.js';
import { programPartsOf } from './boot/program-parts.providers.js';
import { scopedProviders } from './boot/scoped-providers.providers.js';
import { recordedAliases } from '../copies/injected-aliases.js';
import { cacheTokenOf, managerTokenOf, MODULE_EXTRAS } from './cache.tokens.js';
import { DecoratedMethods } from './methods/decorated-methods.providers.js';
import type { ModuleExtras } from './sentinel-cache.module-definition.js';
import type { Module } from './boot/token-consumers.providers.js';

/**
 * Resolves the settings of a module, and looks at what the application asks of them. Throws
 * ImproperlyConfiguredError with everything that is wrong or missing.
 */
export function resolveForModule(
  settings: unknown,
  extras: ModuleExtras,
  modules: ModulesContainer,
  { needs }: { readonly needs: DecoratorNeeds },
): ResolvedSettings {
  const isOurs = isModuleOf(extras);
  const aliases = new Set([...extras.listed, ...recordedAliases()]);
  const program = programPartsOf({
    modules,
    isOurs,
    isOnly: [...modules.values()].filter(({ providers }) => providers.has(MODULE_EXTRAS)).length === 1,
    source: extras.source,
    hasLoadUser: extras.loadUser !== undefined,
    hasSessionRepository: extras.sessionRepository !== undefined,
    listed: extras.listed,
    tokens: new Map([...aliases].map((alias) => [alias, [cacheTokenOf(alias), managerTokenOf(alias)]])),
    problems: extras.problems,
    decorators: needs,
  });
  return resolveSettings(settings, program);
}

/**
 * Throws ImproperlyConfiguredError when the caches are global and another global module provides
 * CACHE_MANAGER with stores of its own. Call it once every provider has its instance.
 */
export function refuseOtherManagers(extras: ModuleExtras, modules: ModulesContainer): void {
  if (extras.isGlobal === false) return;
  const isOurs = ({ providers }: Module): boolean => providers.has(MODULE_EXTRAS);
  const problems = otherManagers(modules, { tokens: [managerTokenOf('default'), Cache], isOurs });
  if (problems.length > 0) throw new ImproperlyConfiguredError(problems);
}

/**
 * Makes what refuses settings that hang on a request, as soon as Nest knows the scope of every provider. Nest
 * would make them for each request, with caches and connections of its own, and nothing of them at boot.
 */
export function createScopeCheck(modules: ModulesContainer, extras: ModuleExtras): OnModuleInit {
  return {
    onModuleInit: () => {
      const problems = scopedProviders(modules, { ...extras, isOurs: isModuleOf(extras) });
      if (problems.length > 0) throw new ImproperlyConfiguredError(problems);
    },
  };
}

/** Takes over the decorated methods of the modules that a module serves. */
export function createDecoratedMethods(modules: ModulesContainer, extras: ModuleExtras): DecoratedMethods {
  return new DecoratedMethods(modules, isModuleOf(extras));
}

function isModuleOf(extras: ModuleExtras): (module: Module) => boolean {
  return ({ providers }) => providers.get(MODULE_EXTRAS)?.instance === extras;
}
