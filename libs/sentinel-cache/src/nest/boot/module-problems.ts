import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import type { PagesOptions } from '../../http/page-options.js';
import { problemsOfPages } from '../../http/read-page-options.js';
import { describeKind, describeValue } from '../../settings/read/describe-value.js';
import { remedyForElsewhere } from '../../settings/read/names-elsewhere.js';
import { nearestName } from '../../settings/read/nearest-name.js';
import type { ModuleOption } from '../../settings/shapes/module-options.js';
import type { SentinelCacheModuleOptions } from './sentinel-cache-module-options.js';

type Check = readonly [isRight: (value: unknown) => boolean, expected: string, remedy: string];

const isFunction = (value: unknown): boolean => typeof value === 'function';
const hasMethods =
  (...names: string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && names.every((name) => isFunction((value as Record<string, unknown>)[name]));
const BOOLEAN: Check = [(value) => typeof value === 'boolean', 'true or false', 'Write true or false, without quotes.'];
const TOKENS: Check = [
  (value) => Array.isArray(value) && value.every((item) => item !== undefined && item !== null),
  'an array of what useFactory takes',
  'Write inject: [ConfigService]; an undefined item is a class of a file that imports this one.',
];

/** What stands beside the settings. */
const EXTRAS = {
  isGlobal: BOOLEAN,
  outageFilter: BOOLEAN,
  loadUser: [isFunction, 'a function', 'Write loadUser: (id) => ({ id, passwordHash }).'],
  sessionRepository: [
    hasMethods('find', 'insert', 'updateIfUnchanged', 'delete', 'exists', 'deleteExpired'),
    'a SessionRepository',
    "Write new PgSessionRepository(pool) ('nestjs-sentinel-cache/pg'; or /mysql2, /better-sqlite3).",
  ],
  pages: [
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'an object',
    "Write pages: { ignoreCookies: ['_ga*'] }, or leave it out.",
  ],
  clock: [
    hasMethods('wallMs', 'monotonicMs'),
    'a Clock',
    "Write new FakeClock() of 'nestjs-sentinel-cache/testing', or leave it out.",
  ],
  faults: [hasMethods('before'), 'faults', "Write new Faults() of 'nestjs-sentinel-cache/testing', or leave it out."],
} satisfies Readonly<Record<ModuleOption, Check>> satisfies Readonly<Record<keyof SentinelCacheModuleOptions, Check>>;

/** Where the settings of `forRootAsync` come from. */
const SOURCES: Readonly<Record<string, Check>> = {
  useFactory: [isFunction, 'a function that returns settings', 'Write useFactory: () => ({ CACHES: { ... } }).'],
  useClass: [isFunction, 'a class', 'Write the class itself: useClass: CacheSettings.'],
  useExisting: [
    (value) => isFunction(value) || typeof value === 'string' || typeof value === 'symbol',
    'a class or token',
    'Write the class itself: useExisting: CacheSettings.',
  ],
};
const ASYNC: Readonly<Record<string, Check>> = {
  ...SOURCES,
  inject: TOKENS,
  imports: [Array.isArray, 'an array of modules', 'Write imports: [ConfigModule].'],
  aliases: [
    (value) => Array.isArray(value) && value.every((alias) => typeof alias === 'string' && alias !== ''),
    'an array of aliases',
    "Write aliases: ['default', 'sessions'].",
  ],
  provideInjectionTokensFrom: [Array.isArray, 'an array of providers', 'Write an array, or leave it out.'],
};

/** Returns what is wrong with the second argument of `forRoot`. */
export function problemsOfOptions(options: unknown): readonly SettingProblem[] {
  return problemsOf(options, EXTRAS, 'forRoot(settings, options)');
}

/** Returns what is wrong with the argument of `forRootAsync`. */
export function problemsOfAsyncOptions(options: unknown): readonly SettingProblem[] {
  const problems = problemsOf(options, { ...ASYNC, ...EXTRAS }, 'forRootAsync(options)');
  if (typeof options !== 'object' || options === null) return problems;
  const sources = Object.keys(SOURCES).filter((name) => (options as Record<string, unknown>)[name] !== undefined);
  if (sources.length === 1) return problems;
  return [
    ...problems,
    {
      path: 'forRootAsync(options)',
      expected: 'one of useFactory, useClass and useExisting',
      got: sources.length === 0 ? 'none of them' : sources.join(' and '),
      remedy: sources.length === 0 ? 'Write useFactory: () => ({ CACHES: { ... } }).' : 'Keep one of them.',
    },
  ];
}

function problemsOf(options: unknown, checks: Readonly<Record<string, Check>>, where: string): SettingProblem[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [{ path: where, expected: 'an object', got: describeKind(options), remedy: 'Write { ... }.' }];
  }
  return Object.entries(options).flatMap(([name, value]): SettingProblem[] => {
    if (value === undefined) return [];
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) return [unknownOption(name, checks, where)];
    const [isRight, expected, remedy] = check;
    if (isRight(value)) return name === 'pages' ? problemsOfPages(value as PagesOptions) : [];
    return [{ path: name, expected, got: describeValue(value), remedy }];
  });
}

function unknownOption(name: string, checks: Readonly<Record<string, Check>>, where: string): SettingProblem {
  const known = Object.keys(checks);
  const meant = nearestName(name, known);
  return {
    path: `${where}.${name.slice(0, 60)}`,
    expected: 'only options that are known here',
    got: 'an unknown name',
    remedy: remedyForElsewhere(name) ?? (meant === undefined ? unplaced(name, known) : `Did you mean ${meant}?`),
  };
}

function unplaced(name: string, known: readonly string[]): string {
  return /^[A-Z][A-Z_]+$/.test(name) ? 'Write it among the settings.' : `Known are ${known.join(', ')}.`;
}
