export { Mysql2SessionRepository, type Mysql2Executable } from './session/engines/repositories/mysql2.repository.js';
export type { SessionRepositoryOptions } from './session/engines/repositories/database-calls.js';
export type { SessionRepository, SessionRow } from './session/engines/session-repository.js';
