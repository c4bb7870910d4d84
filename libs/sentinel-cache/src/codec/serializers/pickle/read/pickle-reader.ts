import { CodecError } from '../../../../errors/codec.error.js';
import { COST, DecodeBudget } from '../../../budget/decode-budget.js';
import { FEW_SHARED, isTreeDeeper, MAX_DEPTH, shapeProblem } from '../../../values/nesting.js';
import { PickleMachine } from './pickle-machine.js';
import { TextCache } from '../scalars/text-cache.js';

/**
 * Reads the value of a pickle of protocol 0 to 5; bytes after its end are ignored, as Python ignores them.
 * Nothing in it is ever executed.
 *
 * Throws a CodecError for anything else: damaged bytes, classes off the allow-list, lists as dict keys,
 * nesting beyond MAX_DEPTH, shared parts that unfold to more values than anyone could walk through, and more
 * than the budget allows.
 */
export function readPickle(
  bytes: Buffer,
  texts: TextCache = new TextCache(),
  budget: DecodeBudget = new DecodeBudget(),
): unknown {
  try {
    const mark = budget.mark();
    const first = run(new PickleMachine(bytes, texts, budget));
    if (first.maps === undefined) return first.value;
    first.value = undefined;
    budget.dropTo(mark);
    return run(new PickleMachine(bytes, texts, budget, first.maps)).value;
  } catch (error) {
    if (error instanceof CodecError) throw error;
    // The reasons are our own sentences; others (of Node, of Intl) may quote the bytes.
    const reason = error instanceof RangeError && !('code' in error) ? error.message.replace(/\.$/, '') : 'it is damaged';
    throw new CodecError(`pickle: the bytes can't be read: ${reason}.`);
  }
}

/** The value; or what has to be made Maps for there to be one. */
function run(machine: PickleMachine): { value: unknown; maps: ReadonlySet<number> | undefined } {
  const value = machine.run();
  const maps = machine.dicts.finish();
  if (maps === undefined) checkShape(machine, value);
  return { value, maps };
}

/**
 * Throws a RangeError for a value that others could not walk through. Most pickles are too small for that, or
 * share nothing.
 */
function checkShape({ budget, containers, shared }: PickleMachine, value: unknown): void {
  if (shared > FEW_SHARED || (shared > 0 && containers > MAX_DEPTH)) {
    budget.reserve(containers * COST.visit);
    const problem = shapeProblem(value);
    if (problem !== undefined) throw new RangeError(problem);
  } else if (containers > MAX_DEPTH && isTreeDeeper(value, MAX_DEPTH)) {
    throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
  }
}
