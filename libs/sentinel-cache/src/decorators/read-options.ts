import type { SettingProblem } from '../errors/improperly-configured.error.js';
import { toLifetime, type Timeout } from '../time/lifetime.js';
import type { Decoration } from './decorations.js';
import type { LoadOptions } from './decorator-options.js';
import { readTemplate, type Template } from './key/key-template.js';
import { ofFunction, ofTemplate, type Named, type NamesOf, type OfArguments } from './method-call.js';
import { templateNamesOf, type MethodFacts } from './method-facts.js';

/** Options that `@Cached` hands to `getOrSet` as they are: all that its type has. */
const PASSED_ON = {
  version: true,
  grace: true,
  earlyExpiry: true,
  lock: true,
  softTimeout: true,
  hardTimeout: true,
  jitter: true,
} as const satisfies Record<keyof LoadOptions, true>;

const KNOWN: Readonly<Record<Decoration['decorator'], readonly string[]>> = {
  Cached: ['key', 'tags', 'cache', ...Object.keys(PASSED_ON)],
  CachePut: ['key', 'tags', 'cache', 'version'],
  CacheEvict: ['key', 'tags', 'path', 'cache', 'version', 'fromResult'],
};

const EXAMPLE: Readonly<Record<Named, string>> = { key: "'user:{id}'", tags: "['users']", path: "'/catalogue'" };

/** Reads the options of one decorator, and collects what is wrong with them. */
export class OptionsReader {
  readonly path: string;
  /** Whether there are options to be read. */
  readonly hasOptions: boolean;
  private readonly options: Readonly<Record<string, unknown>>;

  constructor(
    private readonly decoration: Decoration,
    private readonly facts: MethodFacts,
    private readonly problems: SettingProblem[],
  ) {
    const { decorator, given } = decoration;
    this.path = `@${decorator} of ${facts.label}`;
    const isDict = typeof given === 'object' && given !== null && !Array.isArray(given);
    if (!isDict)
      this.add(
        '',
        'an object of options',
        kindOf(given),
        decorator === 'CachePut' ? "Write { key: 'user:{id}' }." : 'Write { ... }.',
      );
    this.hasOptions = isDict;
    this.options = isDict ? (given as Record<string, unknown>) : {};
    const known = KNOWN[decorator];
    for (const name of Object.keys(this.options))
      if (!known.includes(name)) this.add(`.${name}`, `one of ${known.join(', ')}`, 'an unknown name', 'Remove it.');
  }

  /** Reports something wrong at a place below the decorator. */
  add(at: string, expected: string, got: string, remedy: string): void {
    this.problems.push({ path: `${this.path}${at}`, expected, got, remedy });
  }

  get timeout(): Timeout | undefined {
    const { timeout } = this.decoration;
    if (timeout !== undefined && toLifetime(timeout) === undefined)
      this.add('', 'a timeout in seconds, or text with its unit', kindOf(timeout), "Write '15m' for fifteen minutes, or 900.");
    return timeout as Timeout | undefined;
  }

  get alias(): string {
    const { cache = 'default' } = this.options;
    if (typeof cache === 'string' && cache !== '') return cache;
    this.add('.cache', 'an alias of CACHES', kindOf(cache), "Write 'default', or leave it out.");
    return 'default';
  }

  get version(): number | string | null | undefined {
    const { version } = this.options;
    const isRight = version === undefined || version === null || typeof version === 'string' || Number.isSafeInteger(version);
    if (!isRight) this.add('.version', 'a number or text', kindOf(version), 'Write 2, or leave it out.');
    return version as number | string | null | undefined;
  }

  /** What is handed to `getOrSet`; of these, only the version is checked here. */
  get passedOn(): LoadOptions {
    const given = Object.keys(PASSED_ON).filter((name) => this.has(name));
    const { version } = this;
    return {
      ...Object.fromEntries(given.map((name) => [name, this.options[name]])),
      ...(version === undefined ? {} : { version }),
    };
  }

  /** Whether there is such an option. */
  has(name: string): boolean {
    return this.options[name] !== undefined;
  }

  /**
   * The parts of an option, each of which names something; none without it. `most` is their number where one
   * decorator has one entry.
   */
  parts(named: Named, { hasResult, most = Infinity }: { readonly hasResult: boolean; readonly most?: number }): NamesOf[] {
    const value = this.options[named];
    if (value === undefined) return [];
    if (typeof value === 'function') return [ofFunction(value as OfArguments)];
    const texts = this.texts(named, value, most) ?? [];
    return this.templates(named, texts, hasResult).map((template) => ofTemplate(named, template));
  }

  /** A function; undefined without the option. */
  function(name: string): OfArguments | undefined {
    const value = this.options[name];
    if (value === undefined || typeof value === 'function') return value as OfArguments | undefined;
    this.add(`.${name}`, 'a function', kindOf(value), 'Write (result) => [`user-${result.id}`].');
    return undefined;
  }

  private texts(named: Named, value: unknown, most: number): readonly string[] | undefined {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const isList = !Array.isArray(value) || most > 1;
    const isRight = (item: unknown): boolean =>
      typeof item === 'string' && item !== '' && (named !== 'path' || item.startsWith('/'));
    if (isList && list.length > 0 && list.every(isRight)) return list as string[];
    const text = named === 'path' ? 'a path that begins with /' : 'text';
    const expected =
      most > 1 ? `${text}, a list of ${named === 'path' ? 'paths' : 'texts'}, or a function` : 'text or a function';
    this.add(`.${named}`, expected, kindOf(value), `Write ${EXAMPLE[named]}.`);
    return undefined;
  }

  /** None when something is wrong with one of them. */
  private templates(named: Named, texts: readonly string[], hasResult: boolean): Template[] {
    const names = templateNamesOf(this.facts, hasResult);
    const read = texts.map((text) => readTemplate(text, names));
    const wrong = read.filter((template) => typeof template === 'string');
    for (const got of wrong)
      this.add(
        `.${named}`,
        "a template of the method's parameters",
        got,
        'Write {0} for the first, {0.id} for its field, {{ for a brace.',
      );
    return wrong.length > 0 ? [] : (read as Template[]);
  }
}

/** Shows what a decorator was given: it stands in the source, so it is no secret. */
function kindOf(value: unknown): string {
  if (typeof value === 'string') return `'${value}' (string)`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  return value === undefined || value === null ? String(value) : `${String(value)} (${typeof value})`;
}
