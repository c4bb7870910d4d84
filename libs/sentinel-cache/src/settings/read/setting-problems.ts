import { ImproperlyConfiguredError, type SettingProblem } from '../../errors/improperly-configured.error.js';

/** Collects everything wrong with the settings, so that one boot tells all of it. */
export class SettingProblems {
  readonly #problems = new Map<string, SettingProblem>();
  readonly #warnings = new Set<string>();

  /** Notes a problem; the same problem of the same path once. */
  add(problem: SettingProblem): void {
    this.#problems.set(JSON.stringify([problem.path, problem.expected, problem.got]), problem);
  }

  /** Notes one sentence for the log at boot. */
  warn(sentence: string): void {
    this.#warnings.add(sentence);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  get any(): boolean {
    return this.#problems.size > 0;
  }

  /** Throws one ImproperlyConfiguredError with every problem, if there is any. */
  throwIfAny(): void {
    if (this.any) throw new ImproperlyConfiguredError([...this.#problems.values()]);
  }
}
