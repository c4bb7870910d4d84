import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import { isDict } from '../read/setting-reader.js';
import type { SettingProblems } from '../read/setting-problems.js';
import { libraryNamesOf, hasLibraryName } from './library-facts.js';
import { libraryOptionsIn, printCaches, type LibraryOptions } from './library-options.js';

/** The problem that another library's options are. `beside`: how many names the dict has in all. */
export function libraryProblem(path: string, alias: string, { got, cache, names }: LibraryOptions, beside = 0): SettingProblem {
  const more = beside > names.length ? ' Keep the other names of Django beside it.' : '';
  return { path, expected: "the names of Django's settings", got, remedy: `${printCaches(alias, cache)}${more}` };
}

/**
 * One cache as a dict. Options of another library, in it or in its OPTIONS, are a problem; what else is in it
 * is read beside what they would be in Django's words. Undefined when it is no dict.
 */
export function cacheDictOf(
  value: unknown,
  { path, alias, problems }: { readonly path: string; readonly alias: string; readonly problems: SettingProblems },
): Record<string, unknown> | undefined {
  const dict = isDict(value) ? value : undefined;
  // Beside a LOCATION each name has its own remedy.
  if (dict && dict['LOCATION'] !== undefined) return dict;
  const inOptions = isDict(dict?.['OPTIONS']) ? dict['OPTIONS'] : {};
  const theirs = libraryOptionsIn(value, inOptions) ?? (hasLibraryName(inOptions) ? libraryOptionsIn(inOptions) : undefined);
  if (!theirs) return dict;
  const rest = without(dict ?? {}, theirs.names);
  problems.add(libraryProblem(path, /^\w{1,60}$/.test(alias) ? alias : 'default', theirs, Object.keys(dict ?? {}).length));
  const options = { ...(theirs.cache['OPTIONS'] as object | undefined), ...without(inOptions, libraryNamesOf(inOptions)) };
  return { ...without(rest, ['BACKEND']), ...theirs.cache, OPTIONS: options };
}

/** A dict without some of its names. */
export function without(dict: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(dict).filter(([name]) => !names.includes(name)));
}
