import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import { IS_OUR_STORE } from '../../interop/keyv-store.js';
import type { Module } from './token-consumers.providers.js';

/** Where libraries keep the store behind a store. */
const INNER = ['stores', 'store', '_store', 'opts', 'entries', 'primary', 'secondary'];
const DEEPEST = 6;

/**
 * Returns a problem for each global module besides ours that provides one of the tokens with stores that are
 * not ours: which of two global modules a token comes from depends on the order of imports. `isOurs` tells
 * our module. Call it once every provider has its instance.
 */
export function otherManagers(
  modules: ModulesContainer,
  { tokens, isOurs }: { readonly tokens: readonly InjectionToken[]; readonly isOurs: (module: Module) => boolean },
): SettingProblem[] {
  const others = [...modules.values()].filter((module) => module.isGlobal && !isOurs(module));
  const wrong = others.filter((module) =>
    tokens.some((token) => {
      const source = exporterOf(token, module);
      return source !== undefined && !isOurs(source) && !holdsOurStore(source.providers.get(token)?.instance);
    }),
  );
  return wrong.map((module) => problemOf(module));
}

function problemOf({ name }: Module): SettingProblem {
  const remedy =
    name === 'CacheModule'
      ? 'Remove CacheModule.register(...) from imports, or its isGlobal: true. SentinelCacheModule provides CACHE_MANAGER already'
      : `Remove CACHE_MANAGER from the exports of ${name}, or make that module not global. SentinelCacheModule provides it already`;
  return {
    path: name,
    expected: 'no second global module that provides CACHE_MANAGER',
    got: 'one whose stores are not those of CACHES: which of the two is injected depends on the order of imports',
    remedy: `${remedy}; for a store of your own beside it write stores: [keyvStore(cache)].`,
  };
}

/** The module that a global module's export of a token comes from; undefined when it exports none. */
function exporterOf(token: InjectionToken, module: Module, seen = new Set<Module>()): Module | undefined {
  if (module.exports.has(token) && module.providers.has(token)) return module;
  seen.add(module);
  for (const imported of module.imports) {
    if (!module.exports.has(imported.metatype) || seen.has(imported)) continue;
    const source = exporterOf(token, imported, seen);
    if (source) return source;
  }
  return undefined;
}

/** Whether one of the stores behind a manager, a Keyv or a cacheable is over one of our caches. */
function holdsOurStore(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
  if (Array.isArray(value)) return value.some((item) => holdsOurStore(item, depth + 1));
  const object = value as Record<string | symbol, unknown>;
  if (object[IS_OUR_STORE] === true) return true;
  return INNER.some((name) => object[name] !== value && holdsOurStore(object[name], depth + 1));
}
