/**
 * The aliases that raw settings name, right or wrong, without judging them: Nest wants to know its providers before it boots.
 * What is no CACHES at all counts as `default`; `resolveSettings` says what is the matter with it.
 */
export function configuredAliases(settings: unknown): string[] {
  const caches = isRecord(settings) && isRecord(settings.CACHES) ? settings.CACHES : settings;
  if (!isRecord(caches)) return ['default'];
  const aliases = Object.keys(caches).filter((alias) => isRecord(caches[alias]) && 'BACKEND' in caches[alias]);
  return aliases.includes('default') ? aliases : ['default', ...aliases];
}

function isRecord(value: unknown): value is Record<string, Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
