import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import { quoted } from '../../errors/printable.js';
import type { SettingProblems } from '../read/setting-problems.js';
import { nearestName } from '../read/nearest-name.js';

/** An alias, and what asks for it: `UsersService injects it`. */
export interface AliasNeed {
  readonly alias: string;
  readonly why: string;
}

/**
 * What a program gives beside its settings, and what it asks for, as far as settings depend on it: so that
 * one error at boot lists all that is missing.
 */
export interface ProgramParts {
  /** Where the settings come from, for an error that they are none: `what useFactory returned`. */
  readonly source: string;
  /** Whether no other module of this package could serve what asks for sessions. */
  readonly isOnly: boolean;
  /** Whether users of logins can be loaded. */
  readonly hasLoadUser: boolean;
  /** Whether there is a table of sessions. */
  readonly hasSessionRepository: boolean;
  /** What injects `Sessions`; undefined: nothing. */
  readonly sessionsConsumer: string | undefined;
  /** What asks who is logged in; undefined: nothing that can be seen at boot. */
  readonly loginsConsumer: string | undefined;
  /** The aliases that are asked for, and by what: `UsersService injects it`. */
  readonly aliases: readonly AliasNeed[];
  /** The aliases whose entries get tags, and by what: `@CacheEvict of UsersService.rename names tags`. */
  readonly tagged: readonly AliasNeed[];
  /** The aliases whose values outlive their timeout, and why: `@Cached of UsersService.find has grace`. */
  readonly graced: readonly AliasNeed[];
  /** What is wrong with the program's own options. */
  readonly problems: readonly SettingProblem[];
}

/** Reports each alias that is asked for and not configured. */
export function checkAliases(needs: readonly AliasNeed[], configured: readonly string[], problems: SettingProblems): void {
  for (const { alias, why } of needs) {
    if (configured.includes(alias)) continue;
    const meant = nearestName(alias, configured);
    problems.add({
      path: `CACHES.${alias}`,
      expected: `a cache of that alias, since ${why}`,
      got: `only ${quoted(configured)}`,
      remedy: meant === undefined ? `Add '${alias}' to CACHES, or ask for one that is there.` : `Did you mean '${meant}'?`,
    });
  }
}

/** Reports each alias whose entries would get tags, and that has none. */
export function checkTagged(
  needs: readonly AliasNeed[],
  caches: ReadonlyMap<string, { readonly tags: boolean }>,
  problems: SettingProblems,
): void {
  for (const { alias, why } of needs) {
    if (caches.get(alias)?.tags !== false) continue;
    problems.add({
      path: `CACHES.${alias}.OPTIONS.tags`,
      expected: `true, since ${why}`,
      got: 'a cache whose entries have no tags',
      remedy: 'Write OPTIONS: { tags: true } there, or name keys instead of tags.',
    });
  }
}

/** Reports each alias of HerdClient whose values are to outlive their timeout: they have soft ends. */
export function checkGraced(
  needs: readonly AliasNeed[],
  caches: ReadonlyMap<string, { readonly herdMs: number | undefined }>,
  problems: SettingProblems,
): void {
  for (const { alias, why } of needs) {
    if (caches.get(alias)?.herdMs === undefined) continue;
    problems.add({
      path: `CACHES.${alias}.OPTIONS.CLIENT_CLASS`,
      expected: `DefaultClient, since ${why}`,
      got: 'HerdClient, which keeps old values by soft ends of its own',
      remedy: 'Leave that option out, or name a cache with DefaultClient.',
    });
  }
}
