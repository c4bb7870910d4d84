import type { InjectionToken, OptionalFactoryDependency } from '@nestjs/common';
import {
  OPTIONAL_DEPS_METADATA,
  OPTIONAL_PROPERTY_DEPS_METADATA,
  PARAMTYPES_METADATA,
  PROPERTY_DEPS_METADATA,
  SELF_DECLARED_DEPS_METADATA,
} from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';

/** Nest's record of a module. */
export type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = Module['providers'] extends Map<unknown, infer W> ? W : never;
type Dependency = { readonly index: number; readonly param: unknown };
type PropertyDependency = { readonly key: string; readonly type: unknown };

/**
 * Returns the name of a class or factory that asks for a token and would get it from the module that `isOurs`
 * tells; undefined when there is none. A dependency that is optional does not count. Asks the declarations,
 * so it can answer before anything is instantiated.
 */
export function consumerOf(
  token: InjectionToken,
  modules: ModulesContainer,
  isOurs: (module: Module) => boolean,
): string | undefined {
  for (const module of modules.values()) {
    const wrappers = [module.providers, module.controllers, module.injectables].flatMap(
      (group) => [...group.values()] as Wrapper[],
    );
    const consumer = wrappers.find((wrapper) => required(wrapper).includes(token));
    const source = consumer && sourceOf(token, module);
    if (source && isOurs(source)) return String(consumer.name);
  }
  return undefined;
}

/** The tokens that a provider or controller can't do without. */
function required({ inject, metatype }: Wrapper): unknown[] {
  if (inject) return inject.filter((item) => !isOptional(item)).map(tokenOf);
  if (typeof metatype !== 'function') return [];
  const read = <T>(key: string, of: object = metatype): readonly T[] => (Reflect.getMetadata(key, of) as T[] | undefined) ?? [];
  const params = [...read<unknown>(PARAMTYPES_METADATA)];
  for (const { index, param } of read<Dependency>(SELF_DECLARED_DEPS_METADATA)) params[index] = param;
  const optional = read<number>(OPTIONAL_DEPS_METADATA);
  const optionalProperties = read<string>(OPTIONAL_PROPERTY_DEPS_METADATA);
  const properties = read<PropertyDependency>(PROPERTY_DEPS_METADATA).filter(({ key }) => !optionalProperties.includes(key));
  return [...params.filter((_, index) => !optional.includes(index)), ...properties.map(({ type }) => type)];
}

/** The token of an item of `inject`. */
export function tokenOf(item: InjectionToken | OptionalFactoryDependency): InjectionToken {
  return isWrapped(item) ? item.token : item;
}

function isWrapped(item: unknown): item is OptionalFactoryDependency {
  return typeof item === 'object' && item !== null && 'token' in item;
}

function isOptional(item: unknown): boolean {
  return isWrapped(item) && item.optional === true;
}

/** The module that a token comes from: the module itself, then those it imports, global ones among them. */
export function sourceOf(token: InjectionToken, module: Module, seen = new Set<Module>()): Module | undefined {
  if (module.providers.has(token)) return module;
  seen.add(module);
  for (const imported of module.imports) {
    const source = seen.has(imported) ? undefined : sourceOf(token, imported, seen);
    if (source) return source;
  }
  return undefined;
}
