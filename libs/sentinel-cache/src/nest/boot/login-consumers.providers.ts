import { GUARDS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { ModulesContainer } from '@nestjs/core';

/** Marks `LoginRequiredGuard` and what `@CurrentUser()` runs, in every copy of the package. */
export const ASKS_FOR_LOGIN: unique symbol = Symbol.for('nestjs-sentinel-cache.asks-for-login');

/**
 * Returns the first handler that asks who is logged in, as the start of a sentence: `ShopController.cart has
 * @CurrentUser()`. Undefined when there is none. Sees what decorators declare, not calls of `currentUser`.
 */
export function loginsConsumerOf(modules: ModulesContainer): string | undefined {
  for (const module of modules.values()) {
    for (const { metatype } of [...module.controllers.values(), ...module.providers.values()]) {
      const found = typeof metatype === 'function' && metatype.prototype ? consumerIn(metatype) : undefined;
      if (found !== undefined) return found;
    }
    const guards = [...module.providers.values()].some(({ subtype, metatype }) => subtype === 'guard' && isMarked(metatype));
    if (guards) return 'LoginRequiredGuard guards every route';
  }
  return undefined;
}

function consumerIn(type: Function): string | undefined {
  if (guardsOf(type).some(isMarked)) return `${type.name} has @LoginRequired()`;
  for (const [name, method] of methodsOf(type)) {
    const args = Object.values(
      (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) ?? {}) as Record<string, { factory?: unknown }>,
    );
    if (args.some(({ factory }) => isMarked(factory))) return `${type.name}.${name} has @CurrentUser()`;
    if (guardsOf(method).some(isMarked)) return `${type.name}.${name} has @LoginRequired()`;
  }
  return undefined;
}

function methodsOf(type: Function): [name: string, method: Function][] {
  const found = new Map<string, Function>();
  for (let at = type.prototype as object | null; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor' && !found.has(name)) found.set(name, value as Function);
    }
  }
  return [...found];
}

function guardsOf(target: Function): readonly unknown[] {
  return (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[];
}

function isMarked(value: unknown): boolean {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return false;
  const type = typeof value === 'object' ? (value.constructor as object | undefined) : value;
  return (type as { [ASKS_FOR_LOGIN]?: true } | undefined)?.[ASKS_FOR_LOGIN] === true;
}
