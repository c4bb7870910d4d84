import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import { isDict } from '../read/setting-reader.js';
import type { SettingProblems } from '../read/setting-problems.js';
import { foreignNamesOf, holdsForeign } from './foreign-facts.js';
import { foreignOptionsIn, printCaches, type ForeignOptions } from './foreign-options.js';

/** The problem that another library's options are. `beside`: how many names the dict has in all. */
export function foreignProblem(path: string, alias: string, { got, cache, names }: ForeignOptions, beside = 0): SettingProblem {
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
  const foreign = foreignOptionsIn(value, inOptions) ?? (holdsForeign(inOptions) ? foreignOptionsIn(inOptions) : undefined);
  if (!foreign) return dict;
  const rest = without(dict ?? {}, foreign.names);
  problems.add(foreignProblem(path, /^\w{1,60}$/.test(alias) ? alias : 'default', foreign, Object.keys(dict ?? {}).length));
  const options = { ...(foreign.cache['OPTIONS'] as object | undefined), ...without(inOptions, foreignNamesOf(inOptions)) };
  return { ...without(rest, ['BACKEND']), ...foreign.cache, OPTIONS: options };
}

/** A dict without some of its names. */
export function without(dict: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(dict).filter(([name]) => !names.includes(name)));
}
