import type { DjangoSettings } from 'nestjs-sentinel-cache';

/** What the accounts need to know of the settings. */
export interface AccountSettings {
  /** The settings without which nobody can log in, and which are not there. */
  readonly missing: readonly string[];
  readonly engine: string;
  /** The cache that keeps the sessions; undefined where no cache does. */
  readonly cacheAlias: string | undefined;
  /** What a login here says it was made by, so that Django takes it for its own. */
  readonly backend: string;
}

const MODEL_BACKEND = 'django.contrib.auth.backends.ModelBackend';

/** Never throws: whether the settings are right is for the library to say. */
export function readAccountSettings(settings: DjangoSettings): AccountSettings {
  const given = settings as Readonly<Record<string, unknown>>;
  const backends = given.AUTHENTICATION_BACKENDS ?? [MODEL_BACKEND];
  const backend: unknown = Array.isArray(backends) ? backends[0] : undefined;
  const missing = ['SESSION_ENGINE', 'SECRET_KEY'].filter((name) => !given[name]);
  if (typeof backend !== 'string') missing.push('AUTHENTICATION_BACKENDS');
  const engine = String(given.SESSION_ENGINE ?? '');
  const cacheAlias = /cache$|cached_db$/.test(engine) ? String(given.SESSION_CACHE_ALIAS ?? 'default') : undefined;
  return { missing, engine, cacheAlias, backend: String(backend) };
}

/** The token of AccountSettings. */
export const ACCOUNT_SETTINGS = Symbol('demo.account-settings');
