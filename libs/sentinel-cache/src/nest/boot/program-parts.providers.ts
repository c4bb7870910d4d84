import type { InjectionToken, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import { otherCopiesOf } from '../../copies/known-classes.js';
import { Sessions } from '../../session/sessions.js';
import type { ProgramParts } from '../../settings/sessions/program-parts.js';
import type { DecoratorNeeds } from './decorator-needs.js';
import { loginsConsumerOf } from './login-consumers.providers.js';
import { consumerOf, type Module } from './token-consumers.providers.js';

/** What our module knows of itself, and the application around it. */
export interface ProgramAround {
  readonly modules: ModulesContainer;
  /** Tells our module among all. */
  readonly isOurs: (module: Module) => boolean;
  /** Whether this is the only module of this package. */
  readonly isOnly: boolean;
  readonly source: string;
  readonly hasLoadUser: boolean;
  readonly hasSessionRepository: boolean;
  /** Aliases that the program lists itself. */
  readonly listed: readonly string[];
  /** All aliases that can be injected, with their tokens. */
  readonly tokens: ReadonlyMap<string, readonly InjectionToken[]>;
  readonly problems: readonly SettingProblem[];
  /** What decorators on methods ask for. */
  readonly decorators: DecoratorNeeds;
}

/** Asks the application's declarations what it needs of the settings. Instantiates nothing. */
export function programPartsOf(around: ProgramAround): ProgramParts {
  const { modules, isOurs, isOnly, listed, tokens, source, hasLoadUser, hasSessionRepository, problems, decorators } = around;
  const firstConsumer = (of: readonly InjectionToken[]): string | undefined =>
    of.map((token) => consumerOf(token, modules, isOurs)).find((name) => name !== undefined);
  const injected = [...tokens].flatMap(([alias, ofAlias]) => {
    const consumer = firstConsumer(ofAlias);
    if (consumer !== undefined) return [{ alias, why: `${consumer} injects it` }];
    return listed.includes(alias) ? [{ alias, why: '`aliases` lists it' }] : [];
  });
  return {
    source,
    hasLoadUser,
    hasSessionRepository,
    sessionsConsumer: firstConsumer([Sessions, ...(otherCopiesOf(Sessions) as Type[])]),
    isOnly,
    loginsConsumer: loginsConsumerOf(modules),
    aliases: [...injected, ...decorators.aliases],
    tagged: decorators.tagged,
    graced: decorators.graced,
    problems: [...problems, ...decorators.problems],
  };
}
