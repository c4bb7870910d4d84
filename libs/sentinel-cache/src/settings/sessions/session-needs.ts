import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import type { SettingReader } from '../read/setting-reader.js';
import type { AuthConfig, SessionConfig, SessionEngineName } from '../shapes/resolved-settings.js';
import type { ProgramParts } from './program-parts.js';

const SIGNING_ENGINES: readonly SessionEngineName[] = ['cached_db', 'db', 'file', 'signed_cookies'];

/** What the settings of sessions depend on. */
export interface SessionSurroundings {
  readonly auth: AuthConfig;
  /** The aliases of CACHES. */
  readonly aliases: readonly string[];
  /** Undefined: sessions are no concern of the program. */
  readonly program: ProgramParts | undefined;
}

/** Reports what sessions and logins need and is not there: a SECRET_KEY, `loadUser`, a table. */
export function checkSessionNeeds(settings: SettingReader, config: SessionConfig, around: SessionSurroundings): void {
  checkKey(settings, config, around);
  checkProgram(settings, config, around.program);
}

/** Reports a SECRET_KEY that something signs with and that is not there. */
function checkKey(settings: SettingReader, config: SessionConfig, { auth, program }: SessionSurroundings): void {
  if (auth.secretKeys.length > 0) return;
  const why = keyUse(settings, config, program);
  if (why === undefined) return;
  settings.reject('SECRET_KEY', {
    expected: `a key, since ${why}`,
    got: 'nothing',
    remedy: "Write Django's SECRET_KEY.",
  });
}

function keyUse(settings: SettingReader, config: SessionConfig, program: ProgramParts | undefined): string | undefined {
  if (config.encrypted) return 'SESSION_ENCRYPTION seals with it';
  if (SIGNING_ENGINES.includes(config.engine)) return `the engine ${config.engine} signs with it`;
  if (!program) return undefined;
  if (program.loginsConsumer !== undefined) return `${program.loginsConsumer}, and logins are proven with it`;
  if (program.hasLoadUser) return 'loadUser is given, and logins are proven with it';
  return settings.has('AUTHENTICATION_BACKENDS') ? 'AUTHENTICATION_BACKENDS is given, and logins are proven with it' : undefined;
}

/** Reports what the program has to give beside the settings of its sessions. */
function checkProgram({ problems }: SettingReader, { engine }: SessionConfig, program: ProgramParts | undefined): void {
  if (!program) return;
  if (program.loginsConsumer !== undefined && !program.hasLoadUser) {
    problems.add({
      path: 'loadUser',
      expected: `a function, since ${program.loginsConsumer}`,
      got: 'nothing',
      remedy:
        'Write forRoot(settings, { loadUser: (id) => ({ id, passwordHash }) }), or `loadUser` beside the useFactory of forRootAsync.',
    });
  }
  if ((engine === 'db' || engine === 'cached_db') && !program.hasSessionRepository) problems.add(missingRepository(engine));
}

function missingRepository(engine: SessionEngineName): SettingProblem {
  return {
    path: 'sessionRepository',
    expected: `the table django_session, since SESSION_ENGINE is ${engine}`,
    got: 'nothing',
    remedy:
      "Write `sessionRepository: new PgSessionRepository(pool)` ('nestjs-sentinel-cache/pg'; or /mysql2, /better-sqlite3), or use the engine cache.",
  };
}

/** Reports sessions that something asks for and that no SESSION_ENGINE makes. */
export function requireEngine(settings: SettingReader, program: ProgramParts | undefined): void {
  const consumer = program?.sessionsConsumer;
  const logins = program?.isOnly ? program.loginsConsumer : undefined;
  const why = consumer === undefined ? logins : `${consumer} injects Sessions`;
  if (why === undefined) return;
  settings.reject('SESSION_ENGINE', {
    expected: `a session engine, since ${why}`,
    got: 'nothing',
    remedy: "Write SESSION_ENGINE: 'django.contrib.sessions.backends.cache'.",
  });
}
