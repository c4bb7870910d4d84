import type { FactoryProvider, InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import { sourceOf, tokenOf, type Module } from './token-consumers.providers.js';

/** What settings are made from, and by whom. */
interface Asked {
  readonly injected: NonNullable<FactoryProvider['inject']>;
  readonly source: string;
  /** Tells our module. */
  readonly isOurs: (module: Module) => boolean;
}

/**
 * Returns a problem for each provider that settings are made from and that Nest makes for each request. Call
 * it once every provider has its instance.
 */
export function scopedProviders(modules: ModulesContainer, { injected, source, isOurs }: Asked): SettingProblem[] {
  const ours = [...modules.values()].find(isOurs);
  const isScoped = (token: InjectionToken): boolean =>
    ours !== undefined && sourceOf(token, ours)?.providers.get(token)?.isDependencyTreeStatic() === false;
  return injected
    .map(tokenOf)
    .filter(isScoped)
    .map((token) => ({
      path: source === 'useFactory' ? 'inject' : 'forRootAsync(options)',
      expected: 'providers that Nest makes once: the caches are made at boot, from what they say',
      got: `${typeof token === 'function' ? token.name : String(token)}, which is made for each request`,
      remedy: 'Give one without Scope.REQUEST, that injects neither REQUEST nor a provider with that scope.',
    }));
}
