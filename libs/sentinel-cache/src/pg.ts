export { PgSessionRepository, type PgQueryable } from './session/engines/repositories/pg.repository.js';
export type { SessionRepositoryOptions } from './session/engines/repositories/database-calls.js';
export type { SessionRepository, SessionRow } from './session/engines/session-repository.js';
