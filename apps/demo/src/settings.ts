import { createCaches, type DjangoSettings } from 'nestjs-sentinel-cache';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { StartError } from './command-line.js';

/** What a Django project has in its settings.py, pasted. */
export const settings: DjangoSettings = {
  CACHES: {
    default: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: 'mymaster/192.168.1.1:26379,192.168.1.2:26380,192.168.1.3:26381/0',
      OPTIONS: {
        PASSWORD: 'admin',
        CLIENT_CLASS: 'django_sentinel.SentinelClient',
        CONNECTION_POOL_KWARGS: { max_connections: 100 },
      },
    },
  },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
};

/** No Redis at all: the entries live in the memory of this process. */
export const locmemSettings: DjangoSettings = {
  CACHES: { default: { BACKEND: 'django.core.cache.backends.locmem.LocMemCache' } },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
};

/** Of the dict above. */
interface PastedCache {
  readonly BACKEND: string;
  readonly OPTIONS: Readonly<Record<string, unknown>>;
}

/** The same settings with another LOCATION, and what is to be added to OPTIONS. */
export function settingsAt(location: string, options: object = {}): DjangoSettings {
  const pasted = (settings as { CACHES: { default: PastedCache } }).CACHES.default;
  const cache = { ...pasted, LOCATION: location, OPTIONS: { ...pasted.OPTIONS, ...options } };
  return { ...settings, CACHES: { default: cache, near: nearOf(cache) } };
}

/** The same settings on other sentinels: `127.0.0.1:26379,127.0.0.1:26380`. */
export function settingsOn(sentinels: string): DjangoSettings {
  return settingsAt(`mymaster/${sentinels}/0`);
}

/** A cache on the same servers whose entries this process keeps in its own memory, too. */
function nearOf(cache: PastedCache & { readonly LOCATION: string }): PastedCache & { readonly KEY_PREFIX: string } {
  const OPTIONS = { ...cache.OPTIONS, nearCache: { maxBytes: '8mb', maxAge: '30s' } };
  return { ...cache, KEY_PREFIX: 'near', OPTIONS };
}

/**
 * The settings that the environment asks for: `DEMO_SETTINGS` (a JSON file), `DEMO_BACKEND=locmem`,
 * `DEMO_SENTINELS` (other hosts for the dict above), or that dict as it stands; `local`: the LOCATION of
 * servers that the demo has started itself. Throws StartError or ImproperlyConfiguredError, before anything
 * is connected.
 */
export async function readSettings(env: NodeJS.ProcessEnv, local?: string): Promise<DjangoSettings> {
  const chosen = choose(env, local);
  // Builds the caches once without connecting, so that mistakes are reported before Nest begins to start.
  await createCaches(chosen).close();
  return chosen;
}

function choose(env: NodeJS.ProcessEnv, local: string | undefined): DjangoSettings {
  if (env.DEMO_SETTINGS) return fromFile(resolve(env.DEMO_SETTINGS));
  return { ...ownSettings(env, local), SECRET_KEY: env.DEMO_SECRET_KEY || randomBytes(32).toString('base64url') };
}

/**
 * The settings of this demo, but for the key of its logins: that is in no file. A new one each time logs
 * everybody out at a restart.
 */
function ownSettings(env: NodeJS.ProcessEnv, local: string | undefined): DjangoSettings {
  if (env.DEMO_BACKEND === 'locmem') return locmemSettings;
  if (env.DEMO_BACKEND) throw new StartError(`DEMO_BACKEND: expected locmem or nothing, got ${env.DEMO_BACKEND}.`);
  if (local !== undefined) return settingsAt(local);
  return env.DEMO_SENTINELS ? settingsOn(env.DEMO_SENTINELS) : settings;
}

function fromFile(file: string): DjangoSettings {
  const parsed = parse(file, read(file));
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as DjangoSettings;
  throw new StartError(`DEMO_SETTINGS: ${file} has to hold an object such as { "CACHES": { "default": { ... } } }.`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      `DEMO_SETTINGS: ${code === 'ENOENT' ? `there is no file ${file}.` : `${file} can't be read: ${message}`}`,
    );
  }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // The parser quotes what it read, and that may be a password.
    const where = / at position \d+/.exec((error as Error).message)?.[0] ?? '';
    throw new StartError(`DEMO_SETTINGS: ${file} is not JSON${where}.`);
  }
}
