import {
  ImproperlyConfiguredError,
  type SettingProblem,
} from '../../libs/sentinel-cache/src/errors/improperly-configured.error.js';

/** The problems that reading settings throws; none when it throws nothing. Any other error is thrown on. */
export function problemsFrom(read: () => unknown): readonly SettingProblem[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError) return error.problems;
    throw error;
  }
  return [];
}
