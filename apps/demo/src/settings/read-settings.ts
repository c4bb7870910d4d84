import { createCaches, type DjangoSettings } from 'nestjs-sentinel-cache';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { StartError } from '../start.error.js';
import { locmemSettings, settings, settingsOn } from './caches.js';

/**
 * The settings that the environment asks for: `DEMO_SETTINGS` (a JSON file), `DEMO_BACKEND=locmem`,
 * `DEMO_SENTINELS` (other hosts for the dict of caches.ts), or that dict as it stands. Throws StartError or
 * ImproperlyConfiguredError, before anything is connected.
 */
export async function readSettings(env: NodeJS.ProcessEnv): Promise<DjangoSettings> {
  const chosen = choose(env);
  // Builds the caches once without connecting, so that mistakes are reported before Nest begins to start.
  await createCaches(chosen).close();
  return chosen;
}

function choose(env: NodeJS.ProcessEnv): DjangoSettings {
  if (env.DEMO_SETTINGS) return fromFile(resolve(env.DEMO_SETTINGS));
  return { ...ownSettings(env), SECRET_KEY: env.DEMO_SECRET_KEY || randomBytes(32).toString('base64url') };
}

/**
 * The settings of this demo, but for the key of its logins: that is in no file. A new one each time logs
 * everybody out at a restart.
 */
function ownSettings(env: NodeJS.ProcessEnv): DjangoSettings {
  if (env.DEMO_BACKEND === 'locmem') return locmemSettings;
  if (env.DEMO_BACKEND) throw new StartError(`DEMO_BACKEND: expected locmem or nothing, got ${env.DEMO_BACKEND}.`);
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
