export {
  BetterSqlite3SessionRepository,
  type BetterSqlite3Database,
} from './session/engines/repositories/better-sqlite3.repository.js';
export type { SessionRepository, SessionRow } from './session/engines/session-repository.js';
