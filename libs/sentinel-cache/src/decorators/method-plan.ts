import type { SettingProblem } from '../errors/improperly-configured.error.js';
import type { Decoration } from './decorations.js';
import { argumentsKey } from './key/arguments-key.js';
import type { EvictSource, EvictStep } from './evict.js';
import { keyOf, ofFunction, ofResult, tagsOf, type OfArguments, type TagsOf } from './method-call.js';
import { answerOf, type Answer, type MethodFacts, type Serializer } from './method-facts.js';
import { OptionsReader } from './read-options.js';
import type { CachedStep, PutStep, Step } from './steps.js';

/** What stands in a method's place: its decorators, understood, from the bottom up. */
export interface MethodPlan {
  readonly label: string;
  readonly steps: readonly Step[];
  readonly isRoute: boolean;
  readonly serializer: Serializer;
  /** Whether `@Cached` is among them. */
  readonly isCached: boolean;
  /** What the method's declaration says of what it returns. */
  readonly answer: Answer;
}

/** A plan, and what is wrong with the decorators that it was made of. */
export interface ReadPlan {
  readonly plan: MethodPlan;
  readonly problems: readonly SettingProblem[];
}

/** Class names shorter than this are a minifier's: two classes may have one, and the next build another. */
const LEAST_CLASS_NAME = 3;

/** Reads what stands on a method. */
export function readPlan(facts: MethodFacts, decorations: readonly Decoration[]): ReadPlan {
  const problems: SettingProblem[] = [];
  const answer = answerOf(facts);
  const steps = decorations.map((decoration) => {
    problems.push(...misfits(facts, answer, decoration));
    return stepOf(decoration, facts, problems);
  });
  const cached = steps.filter(({ does }) => does === 'cached').map(({ alias }) => alias);
  const twice = cached.find((alias, i) => cached.indexOf(alias) !== i);
  if (twice !== undefined)
    problems.push({
      path: `@Cached of ${facts.label}`,
      expected: 'one @Cached for each cache',
      got: `several for '${twice}'`,
      remedy: 'Remove one of them, or name another cache.',
    });
  const { label, isRoute, serializer } = facts;
  return { plan: { label, steps, isRoute, serializer, isCached: cached.length > 0, answer }, problems };
}

function stepOf(decoration: Decoration, facts: MethodFacts, problems: SettingProblem[]): Step {
  if (decoration.decorator === 'CacheEvict') return evictStep(decoration, facts, problems);
  const reader = new OptionsReader(decoration, facts, problems);
  const { alias, timeout } = reader;
  if (decoration.decorator === 'CachePut') return putStep(reader, { alias, timeout });
  const parts = reader.parts('key', { hasResult: false, most: 1 });
  const isKeyed = reader.has('key');
  return {
    does: 'cached',
    alias,
    timeout,
    isKeyed,
    keyOf: isKeyed ? keyOf(parts) : defaultKey(reader, facts),
    tagsOf: readTags(reader, false),
    options: reader.passedOn,
  };
}

function readTags(reader: OptionsReader, hasResult: boolean): TagsOf | undefined {
  const parts = reader.parts('tags', { hasResult });
  return parts.length > 0 ? tagsOf(parts) : undefined;
}

function defaultKey(reader: OptionsReader, { label, takesUnkeyable }: MethodFacts): CachedStep['keyOf'] {
  if (takesUnkeyable !== undefined)
    reader.add(
      '.key',
      `a key, since none can be made of ${takesUnkeyable}`,
      'none',
      "Write { key: 'user:{id}' }, or a function of the arguments.",
    );
  const [className] = label.split('.') as [string];
  if (className.length < LEAST_CLASS_NAME)
    reader.add(
      '',
      'a key, since a minifier has given the class its name',
      `'${className}'`,
      "Write { key: 'user:{0}' }, or keep class names.",
    );
  return ({ args }) => argumentsKey(label, args);
}

function putStep(reader: OptionsReader, { alias, timeout }: Pick<PutStep, 'alias' | 'timeout'>): PutStep {
  const parts = reader.parts('key', { hasResult: true, most: 1 });
  if (reader.hasOptions && !reader.has('key'))
    reader.add('.key', 'the key of the entry to replace', 'none', "Write { key: 'user:{id}' }, as @Cached has it.");
  return { does: 'put', alias, timeout, keyOf: keyOf(parts), tagsOf: readTags(reader, true), version: reader.version };
}

function evictStep(decoration: Decoration, facts: MethodFacts, problems: SettingProblem[]): EvictStep {
  const { given } = decoration;
  const isShort = typeof given === 'string' || Array.isArray(given);
  const of = typeof given === 'function' ? (given as OfArguments) : undefined;
  const written = of ? {} : isShort ? { tags: given as unknown } : given;
  const reader = new OptionsReader({ ...decoration, given: written }, facts, problems);
  if (!of && reader.hasOptions && !['tags', 'key', 'path', 'fromResult'].some((name) => reader.has(name)))
    reader.add(
      '',
      'what goes: tags, key, path or fromResult',
      'none of them',
      "Write 'users' for a tag, { key: 'user:{id}' } for an entry.",
    );
  const fromResult = reader.function('fromResult');
  const sources: EvictSource[] = [
    ...(['key', 'tags', 'path'] as const).flatMap((named) =>
      reader.parts(named, { hasResult: true }).map((namesOf) => ({ named, namesOf })),
    ),
    ...[of && ofFunction(of), fromResult && ofResult(fromResult)].flatMap((namesOf) =>
      namesOf ? [{ named: 'any' as const, namesOf }] : [],
    ),
  ];
  return { does: 'evict', alias: reader.alias, namesAlias: reader.has('cache'), sources, version: reader.version };
}

/** What a decorator can't do for this method. */
function misfits(facts: MethodFacts, answer: Answer, { decorator }: Decoration): SettingProblem[] {
  const path = `@${decorator} of ${facts.label}`;
  const keeps = decorator !== 'CacheEvict';
  if (keeps && facts.answersPastNest)
    return [
      {
        path,
        expected: 'a handler that returns its response',
        got: 'one that takes @Res() or @Next(), or is @Sse()',
        remedy: `Write @Res({ passthrough: true }), or remove @${decorator}.`,
      },
    ];
  if (keeps && answer === 'iterator')
    return [
      {
        path,
        expected: 'a method that returns one value',
        got: 'one that returns an iterator',
        remedy: 'Return a promise of a list.',
      },
    ];
  if (!facts.isRoute && answer === 'value')
    return [
      {
        path,
        expected: 'a method that returns a promise: its callers have to wait',
        got: 'one that returns a value at once',
        remedy: 'Declare it async.',
      },
    ];
  return [];
}
