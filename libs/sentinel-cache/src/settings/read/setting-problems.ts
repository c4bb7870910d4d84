import { ImproperlyConfiguredError, type SettingProblem } from '../../errors/improperly-configured.error.js';

/** Collects all problems of the settings, so that one boot reports all of them. */
export class SettingProblems {
  readonly #problems = new Map<string, SettingProblem>();
  readonly #warnings = new Set<string>();

  /** Adds a problem; the same one of the same path once. */
  add(problem: SettingProblem): void {
    this.#problems.set(JSON.stringify([problem.path, problem.expected, problem.got]), problem);
  }

  /** Adds a sentence for the log at boot. */
  warn(sentence: string): void {
    this.#warnings.add(sentence);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  get any(): boolean {
    return this.#problems.size > 0;
  }

  /** Throws an ImproperlyConfiguredError with all problems, if there are any. */
  throwIfAny(): void {
    if (this.any) throw new ImproperlyConfiguredError([...this.#problems.values()]);
  }
}
