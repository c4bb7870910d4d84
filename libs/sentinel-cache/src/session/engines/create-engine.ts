import type { SentinelCache } from '../../cache/sentinel-cache.js';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import type { AuthConfig, SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { CacheEngine } from './cache.engine.js';
import { CachedDbEngine } from './cached-db.engine.js';
import { DbEngine } from './db.engine.js';
import { FileEngine } from './file.engine.js';
import { KeyHidingEngine } from './key-hiding.engine.js';
import { SealedEngine } from './sealed.engine.js';
import type { SessionRepository } from './session-repository.js';
import { SignedCookiesEngine } from './signed-cookies.engine.js';
import type { SessionEngine } from '../port/session-engine.js';

/** The parts that an engine is built from. */
export interface SessionEngineParts {
  readonly config: SessionConfig;
  /** SECRET_KEY and its fallbacks; every engine but a plain `cache` needs them. */
  readonly auth: AuthConfig;
  /** The strict cache of SESSION_CACHE_ALIAS; the engines `cache` and `cached_db` need it. */
  readonly cache: SentinelCache | undefined;
  /** The table django_session; the engines `db` and `cached_db` need it. */
  readonly repository: SessionRepository | undefined;
  readonly clock: Clock;
}

/**
 * Creates the engine of SESSION_ENGINE. Connects to nothing. Throws ImproperlyConfiguredError when a part is
 * missing.
 */
export function createSessionEngine(parts: SessionEngineParts): SessionEngine {
  return new KeyHidingEngine(engineOf(parts));
}

function engineOf(parts: SessionEngineParts): SessionEngine {
  const { config, clock } = parts;
  switch (config.engine) {
    case 'cache': {
      const engine = new CacheEngine(cacheOf(parts));
      return config.encrypted ? new SealedEngine(engine, signing(parts)) : engine;
    }
    case 'db':
      return new DbEngine(repositoryOf(parts), signing(parts), clock);
    case 'cached_db':
      return new CachedDbEngine(cacheOf(parts), new DbEngine(repositoryOf(parts), signing(parts), clock), clock);
    case 'file':
      return new FileEngine(config, signing(parts), clock);
    case 'signed_cookies':
      return new SignedCookiesEngine(config, signing(parts), clock);
  }
}

function cacheOf({ config, cache }: SessionEngineParts): SentinelCache {
  if (cache) return cache;
  const expected = `a cache of CACHES, since SESSION_ENGINE is ${config.engine}`;
  throw problem('SESSION_CACHE_ALIAS', expected, `Add '${config.cacheAlias}' to CACHES.`);
}

function repositoryOf({ config, repository }: SessionEngineParts): SessionRepository {
  if (repository) return repository;
  throw problem(
    'sessionRepository',
    `the table django_session, since SESSION_ENGINE is ${config.engine}`,
    "Write `sessionRepository: new PgSessionRepository(pool)` ('nestjs-sentinel-cache/pg'; or /mysql2, /better-sqlite3), or use the engine cache.",
  );
}

function signing({ config, auth }: SessionEngineParts): AuthConfig {
  if (auth.secretKeys.length > 0) return auth;
  throw problem(
    'SECRET_KEY',
    `a key, since SESSION_ENGINE ${config.engine} signs or seals with it`,
    "Write Django's SECRET_KEY.",
  );
}

function problem(path: string, expected: string, remedy: string): ImproperlyConfiguredError {
  return new ImproperlyConfiguredError([{ path, expected, got: 'nothing', remedy }]);
}
