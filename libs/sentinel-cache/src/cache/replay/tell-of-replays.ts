import { publishReplay, type ReplayEvent } from '../../telemetry/channels.js';

type ReplayOutcome = ReplayEvent['outcome'];

/** What is lost, in words. */
const LOST: Readonly<Partial<Record<ReplayOutcome, string>>> = Object.freeze({
  overflow: 'more were missed during an outage than are kept (10 000)',
  refused: 'Redis refused them after the outage',
  closed: 'the cache was closed before Redis was back',
});

/**
 * Returns what publishes how kept invalidations ended. The first loss of each kind is a warning, too; further
 * ones are not until the next outage.
 */
export function tellOfReplays(
  alias: string,
  tell: (event: { readonly level: 'warn'; readonly message: string }) => void,
): (outcome: ReplayOutcome, count: number) => void {
  const told = new Set<ReplayOutcome>();
  return (outcome, count) => {
    publishReplay({ alias, outcome, count });
    if (outcome === 'replayed') told.clear();
    const why = LOST[outcome];
    if (!why || told.has(outcome)) return;
    told.add(outcome);
    tell({
      level: 'warn',
      message: `Cache '${alias}': invalidations were lost, since ${why}. Entries may be stale until they expire.`,
    });
  };
}
