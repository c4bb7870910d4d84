import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';

import { createSessionEngine } from '../../../libs/sentinel-cache/src/session/engines/create-engine.js';
import type { SessionRepository } from '../../../libs/sentinel-cache/src/session/engines/session-repository.js';
import { FakeClock } from '../../../libs/sentinel-cache/src/testing/fake-clock.js';
import { sessionSettings, type EngineHarness } from '../../session/engines.suite.js';

export const SQL_TRAITS = { strictKeys: true, atomicBetweenProcesses: true };

/** A database as the suite needs it: a repository for each of two processes, and a way to spoil a row. */
export interface TestDatabase {
  readonly repositories: readonly [SessionRepository, SessionRepository];
  setText(key: string, text: string): Promise<void>;
  close(): Promise<void>;
}

/** The engine `db` over a database. */
export async function dbHarness(database: TestDatabase): Promise<EngineHarness> {
  const clock = new FakeClock(Date.now());
  const { config, auth } = sessionSettings({ SESSION_ENGINE: 'django.contrib.sessions.backends.db' });
  const [engine, peer] = database.repositories.map((repository) =>
    createSessionEngine({ config, auth, cache: undefined, repository, clock }),
  );
  return {
    engine: engine!,
    peer: peer!,
    config,
    clock,
    pass: async (ms) => clock.advance(ms),
    damage: (key) => database.setText(key, 'e30:1r31eq:bad'),
    close: () => database.close(),
  };
}

/** The engine `cached_db` over a database and a cache that both processes share. */
export async function cachedDbHarness(
  database: TestDatabase,
  cacheSettings: Record<string, unknown>,
  pass: (ms: number) => Promise<void>,
): Promise<EngineHarness> {
  const caches: SentinelCaches = createCaches({ default: cacheSettings } as never);
  const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
  const { config, auth } = sessionSettings({ SESSION_ENGINE: 'django.contrib.sessions.backends.cached_db' });
  const [engine, peer] = database.repositories.map((repository) =>
    createSessionEngine({ config, auth, cache: caches.strict(), repository, clock }),
  );
  return {
    engine: engine!,
    peer: peer!,
    config,
    clock,
    pass,
    damage: async (key) => {
      await caches.get().delete(`django.contrib.sessions.cached_db${key}`);
      await database.setText(key, 'e30:1r31eq:bad');
    },
    close: async () => {
      await caches.close();
      await database.close();
    },
  };
}
