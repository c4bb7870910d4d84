import { SentinelCacheError } from './sentinel-cache.error.js';

/** One thing wrong with the settings. */
export interface SettingProblem {
  /** Where, as the user wrote it: `CACHES.default.TIMEOUT`. */
  readonly path: string;
  readonly expected: string;
  /** What stands there, with its type; secrets are left out. */
  readonly got: string;
  readonly remedy: string;
}

/** The settings can't be used. Lists every problem at once; thrown at boot, before any connection. */
export class ImproperlyConfiguredError extends SentinelCacheError {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super('SENTINEL_CACHE_IMPROPERLY_CONFIGURED', describe(problems));
    this.problems = Object.freeze(problems.map((problem) => Object.freeze({ ...problem })));
  }
}

function describe(problems: readonly SettingProblem[]): string {
  const lines = problems.map(({ path, expected, got, remedy }) => `${path}: expected ${expected}, got ${got}. ${remedy}`);
  return lines.length === 1
    ? lines[0]!
    : `${lines.length} problems in the settings:\n${lines.map((line) => `  - ${line}`).join('\n')}`;
}
