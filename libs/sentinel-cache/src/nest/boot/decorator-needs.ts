import { problemOfLoad } from '../../cache/load/load-plan.js';
import type { MethodPlan } from '../../decorators/method-plan.js';
import type { Step } from '../../decorators/steps.js';
import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import type { AliasNeed } from '../../settings/sessions/program-parts.js';
import type { PlacedClass } from './decorated-classes.providers.js';

const DECORATORS = { cached: '@Cached', put: '@CachePut', evict: '@CacheEvict' } as const;

/** What decorators ask of the settings, and of the pages of the application. */
export interface DecoratorNeeds {
  /** The aliases that they name, and which does: `@Cached of UsersService.find names it`. */
  readonly aliases: readonly AliasNeed[];
  /** The aliases whose entries they give tags. */
  readonly tagged: readonly AliasNeed[];
  /** The aliases whose entries they take away by tags, if these tags are not only those of pages. */
  readonly evicting: readonly AliasNeed[];
  /** Those that take pages away by path, and do not name the alias: `@CacheEvict of Users.save`. */
  readonly paths: readonly string[];
  /** The aliases whose values they keep past their timeout, or make anew before it. */
  readonly graced: readonly AliasNeed[];
  readonly problems: readonly SettingProblem[];
}

interface PlacedStep {
  readonly step: Step;
  readonly plan: MethodPlan;
  readonly who: string;
  readonly at: PlacedClass;
}

/** Names a decorator: `@Cached`. */
export function nameOf({ does }: Step): string {
  return DECORATORS[does];
}

/** Lists what the decorators on these classes ask for, and what is wrong with them. */
export function needsOf(classes: readonly PlacedClass[]): DecoratorNeeds {
  const steps = classes.flatMap((at): PlacedStep[] =>
    [...at.decorated.plans.values()].flatMap(({ plan }) =>
      plan.steps.map((step) => ({ step, plan, at, who: `${nameOf(step)} of ${plan.label}` })),
    ),
  );
  const naming = (what: string, asks: (step: Step) => boolean): AliasNeed[] =>
    steps.filter(({ step }) => asks(step)).map(({ step: { alias }, who }) => ({ alias, why: `${who} names ${what}` }));
  const paths = steps.filter(({ step }) => step.does === 'evict' && evicts(step, 'path') && !step.namesAlias);
  return {
    aliases: naming('it', () => true),
    tagged: naming('tags', (step) => step.does !== 'evict' && step.tagsOf !== undefined),
    evicting: naming('tags', (step) => evicts(step, 'tags')),
    paths: paths.map(({ who }) => who),
    graced: steps.flatMap(({ step, who }) => {
      const option = step.does === 'cached' ? optionNotForHerd(step.options) : undefined;
      return option === undefined ? [] : [{ alias: step.alias, why: `${who} has ${option}` }];
    }),
    problems: [...classes.flatMap(({ decorated: { problems } }) => problems), ...sharedKeys(steps)],
  };
}

function evicts(step: Step, what: 'tags' | 'path'): boolean {
  return step.does === 'evict' && step.sources.some(({ named }) => named === what);
}

/** What is wrong for every cache has been told where the option stands. */
function optionNotForHerd(options: Parameters<typeof problemOfLoad>[0]): string | undefined {
  return problemOfLoad(options, { isHerd: false }) ? undefined : problemOfLoad(options, { isHerd: true })?.option;
}

/**
 * Two classes of one name, or two symbols: without a key of their own, one would get what the other has
 * cached.
 */
function sharedKeys(steps: readonly PlacedStep[]): SettingProblem[] {
  const first = new Map<string, PlacedStep>();
  return steps.flatMap((placed) => {
    const { step, plan, who, at } = placed;
    if (step.does !== 'cached' || step.isKeyed) return [];
    const entries = JSON.stringify([step.alias, step.options.version, plan.label]);
    const other = first.get(entries);
    if (!other) first.set(entries, placed);
    // Several on one method are told of where the method stands.
    if (!other || other.plan === plan) return [];
    if (other.at === at)
      return [
        {
          path: who,
          expected: 'a method whose name no other has that caches without a key: entries are named by class and method',
          got: 'two of them',
          remedy: "Write a key in one of them, such as { key: 'user:{0}' }, or rename the method.",
        },
      ];
    return [
      {
        path: who,
        expected: 'a class whose name no other has that caches without a key: entries are named by class and method',
        got: `one in ${other.at.module} and one in ${at.module}`,
        remedy: "Write a key in one of them, such as { key: 'admin-user:{0}' }, or rename the class.",
      },
    ];
  });
}
