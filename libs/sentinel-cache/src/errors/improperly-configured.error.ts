import { printable } from './printable.js';
import { SentinelCacheError } from './sentinel-cache.error.js';

/** One thing wrong with the settings. */
export interface SettingProblem {
  /** Where, as the user wrote it: `CACHES.default.TIMEOUT`. */
  readonly path: string;
  /** What may stand there. */
  readonly expected: string;
  /** What stands there, with its type; secrets are left out. */
  readonly got: string;
  /** What to write instead. */
  readonly remedy: string;
}

/** The settings can't be used. Lists every problem at once; thrown at boot, before any connection. */
export class ImproperlyConfiguredError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_IMPROPERLY_CONFIGURED';
  /** Every problem of the settings, in the order in which they were found; at least one. */
  readonly problems: readonly SettingProblem[];

  static {
    this.prototype.name = 'ImproperlyConfiguredError';
  }

  constructor(problems: readonly SettingProblem[]) {
    super(ImproperlyConfiguredError.code, describe(problems));
    this.problems = Object.freeze(problems.map(shown));
  }
}

function shown({ path, expected, got, remedy }: SettingProblem): SettingProblem {
  return Object.freeze({
    path: printable(path),
    expected: printable(expected),
    got: printable(got),
    remedy: printable(remedy),
  });
}

function describe(problems: readonly SettingProblem[]): readonly string[] {
  const lines = problems.map(({ path, expected, got, remedy }) => `${path}: expected ${expected}, got ${got}. ${remedy}`);
  return lines.length === 1 ? lines : [`${lines.length} problems in the settings:`, ...lines.map((line) => `  - ${line}`)];
}
