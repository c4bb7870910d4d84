import { childPath, describeDottedPath, describeValue } from './describe-value.js';
import { remedyForElsewhere } from './names-elsewhere.js';
import { nearestName } from './nearest-name.js';
import type { SettingProblems } from './setting-problems.js';

/** With more misspelt names than this in one dict, it is the wrong dict. */
const MOST_HINTS = 50;

/**
 * Reads one dict of the user, and knows afterwards which of its keys were not asked for.
 *
 * - Own keys only: what a prototype has, `__proto__` included, is no setting.
 * - `undefined` means "not given": `PASSWORD: undefined` is the same as a missing key.
 * - The dict is never written to.
 */
export class SettingReader {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #asked = new Set<string>();

  constructor(
    dict: object | ReadonlyMap<string, unknown>,
    readonly path: string,
    readonly problems: SettingProblems,
  ) {
    this.#values = dict instanceof Map ? dict : new Map(Object.entries(dict));
  }

  /** Returns the raw value. From now on the key counts as known. */
  take(name: string): unknown {
    this.#asked.add(name);
    return this.#values.get(name);
  }

  /** Returns the raw value without making the key known. */
  peek(name: string): unknown {
    return this.#values.get(name);
  }

  /** Whether the key is given; makes it known. */
  has(name: string): boolean {
    return this.take(name) !== undefined;
  }

  /** Returns the path of a key, for messages. */
  pathOf(name: string): string {
    return childPath(this.path, name);
  }

  /** Notes a problem of one key. `got` is described from the value unless it is given. */
  reject(name: string, problem: { expected: string; remedy: string; got?: string }): undefined {
    const got = problem.got ?? describeValue(this.#values.get(name));
    this.problems.add({ path: this.pathOf(name), expected: problem.expected, got, remedy: problem.remedy });
    return undefined;
  }

  /**
   * Notes text that is none of the known words. It is quoted when it is a slip of one of them, since it can't
   * be a secret then.
   */
  rejectWord(name: string, known: Iterable<string>, problem: { expected: string; remedy: string }): undefined {
    const value = this.#values.get(name);
    const meant = typeof value === 'string' ? nearestName(value, known) : undefined;
    if (meant === undefined) return this.reject(name, { ...problem, got: describeDottedPath(value) });
    return this.reject(name, { ...problem, got: `'${String(value)}'`, remedy: `Did you mean '${meant}'?` });
  }

  /** Returns a reader of the dict at a key; an empty one when the key is not given or no dict (a problem). */
  sub(name: string): SettingReader {
    const value = this.take(name);
    const path = this.pathOf(name);
    if (value === undefined) return new SettingReader({}, path, this.problems);
    if (isDict(value)) return new SettingReader(value, path, this.problems);
    this.reject(name, { expected: 'an object', remedy: 'Write { ... }, or leave it out.' });
    return new SettingReader({}, path, this.problems);
  }

  /** Accepts keys without effect, with a warning for each that says why. */
  warnOf(table: Readonly<Record<string, string>>): void {
    for (const [name, why] of Object.entries(table)) {
      if (this.has(name)) this.problems.warn(`${this.pathOf(name)} is accepted and has no effect: ${why}.`);
    }
  }

  /** Refuses keys by name; the table says what to do instead. They are not suggested for misspelt names. */
  refuseAll(table: Readonly<Record<string, string>>, expected: string): void {
    for (const [name, remedy] of Object.entries(table)) {
      if (this.#values.get(name) === undefined || this.#asked.has(name)) continue;
      this.take(name);
      this.reject(name, { expected, got: 'this setting', remedy });
    }
  }

  /**
   * Reports each key that was given and not asked for. Called when all known keys have been asked for.
   * `hideNames`: the names may be parts of a secret (the query of a URL whose password is not
   * percent-encoded).
   */
  rejectUnknown({ hideNames = false } = {}): void {
    const unknown = this.names.filter((name) => !this.#asked.has(name));
    for (const [index, name] of unknown.entries()) {
      const meant = index < MOST_HINTS ? nearestName(name, this.#asked) : undefined;
      const elsewhere = (!hideNames && remedyForElsewhere(name)) || 'Remove it.';
      const remedy = meant === undefined ? elsewhere : `Did you mean ${meant}?`;
      const path = hideNames ? this.path : this.pathOf(name);
      this.problems.add({ path, expected: 'only settings that are known here', got: 'an unknown name', remedy });
    }
  }

  /** The names that are given, in the user's order. */
  get names(): readonly string[] {
    return [...this.#values].filter(([, value]) => value !== undefined).map(([name]) => name);
  }
}

/** Whether a value can be read as a dict: an object, and no array, Map, Set, Date, Buffer, ... */
export function isDict(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const tag = Object.prototype.toString.call(value);
  // `import * as settings` is a module, as in Django.
  return tag === '[object Object]' || tag === '[object Module]';
}
