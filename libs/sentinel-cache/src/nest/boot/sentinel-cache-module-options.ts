import type { CacheFaults } from '../../cache/create-caches.js';
import type { PagesOptions } from '../../http/page-options.js';
import type { LoginUser } from '../../session/auth/authentication.js';
import type { LoadUser } from '../../session/auth/user-loader.js';
import type { SessionRepository } from '../../session/engines/session-repository.js';
import type { Clock } from '../../time/clock.js';

/** What `forRoot` takes beside the settings. */
export interface SentinelCacheModuleOptions {
  /** Whether every module sees the caches without importing this one. Default: true. */
  isGlobal?: boolean;
  /**
   * Whether a request is answered 503 with Retry-After where a call of a cache rejects in an outage
   * (`isOutage`). A filter of the application's own wins. Default: true; false: Nest answers 500.
   */
  outageFilter?: boolean;
  /** Loads the user of an id, with Django's `password` column: for logins that are shared with Django. */
  loadUser?: LoadUser<LoginUser>;
  /**
   * Where the engines `db` and `cached_db` keep sessions: an adapter of a side door
   * (`nestjs-sentinel-cache/pg`, ...).
   */
  sessionRepository?: SessionRepository;
  /** What holds for the pages of all routes that are cached (`@CachePage`, PageCacheInterceptor). */
  pages?: PagesOptions;
  /** For tests: the time in which entries of locmem caches, and sessions, live. Redis keeps its own. */
  clock?: Clock;
  /** For tests: faults between each cache and its entries (`Faults` of `nestjs-sentinel-cache/testing`). */
  faults?: CacheFaults;
}
