import fc from 'fast-check';

/** What is done to the servers, the connections or this process. Each is one entry of `faults.ts`. */
export const FAULT_KINDS = [
  'kill primary',
  'hang primary',
  'short hang of primary',
  'restart primary',
  'kill replica',
  'hang replica',
  'restart replica',
  'kill sentinel',
  'hang sentinel',
  'restart sentinel',
  'kill all sentinels',
  'hang all sentinels',
  'hang primary and a sentinel',
  'kill primary and a sentinel',
  'kill all of Redis',
  'failover',
  'replicaof by hand',
  'client kill',
  'client kill on sentinels',
  'client pause write',
  'client pause all',
  'script flush',
  'busy script',
  'out of memory',
  'too few replicas',
  'event loop stall',
  'replies of primary dropped',
  'primary a black hole',
  'primary cut off from clients',
  'replica a black hole',
  'sentinel a black hole',
  'all sentinels black holes',
  'everything slow',
  'primary resets',
  'partition of primary',
  'split brain',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault of a round; the numbers mean what its kind makes of them. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** From the beginning of the round. */
  readonly afterMs: number;
  /** How long it lasts, where it does not last until the round is healed. */
  readonly lastsMs: number;
  /** Which of several nodes. */
  readonly pick: number;
}

/** One to three faults, then a while of load, then everything is healed. */
export interface PlannedRound {
  readonly number: number;
  readonly faults: readonly PlannedFault[];
  readonly holdMs: number;
}

/** An hour holds some five hundred. */
const MOST_ROUNDS = 20_000;

/** The rounds of a seed: the same ones each time, as long as the list of kinds is the same. */
export function planRounds(seed: number, only: readonly FaultKind[] = FAULT_KINDS): PlannedRound[] {
  const fault = fc.record({
    kind: fc.constantFrom(...only),
    afterMs: fc.integer({ min: 0, max: 1000 }),
    lastsMs: fc.integer({ min: 200, max: 1500 }),
    pick: fc.nat(11),
  });
  const most = Math.min(3, only.length);
  const faults = fc.uniqueArray(fault, { minLength: 1, maxLength: most, selector: ({ kind }) => kind });
  const round = fc.noBias(fc.record({ faults, holdMs: fc.integer({ min: 500, max: 3500 }) }));
  return fc.sample(round, { seed, numRuns: MOST_ROUNDS }).map((planned, index) => ({ number: index + 1, ...planned }));
}
