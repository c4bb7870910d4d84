import { CodecError } from '../../../errors/codec.error.js';
import { FEW_SHARED, isTreeDeeper, MAX_DEPTH, shapeProblem } from '../../values/nesting.js';
import { PickleMachine } from './pickle-machine.js';
import { TextCache } from './text-cache.js';

/**
 * The value of a pickle of protocol 0 to 5; bytes after its end are ignored, as Python ignores them. Nothing in it is ever executed.
 *
 * Throws a CodecError for anything else: damaged bytes, classes off the allow-list, lists as dict keys, nesting beyond
 * MAX_DEPTH, shared parts that unfold to more values than anyone could walk through.
 */
export function readPickle(bytes: Buffer, texts: TextCache = new TextCache()): unknown {
  try {
    const first = new PickleMachine(bytes, texts);
    const value = first.run();
    const maps = first.dicts.finish();
    const result = maps === undefined ? value : secondRun(bytes, texts, maps);
    checkShape(first, result);
    return result;
  } catch (error) {
    if (error instanceof CodecError) throw error;
    // The reasons are our own sentences; others (of Node, of Intl) may quote the bytes.
    const reason = error instanceof RangeError && !('code' in error) ? error.message.replace(/\.$/, '') : 'it is damaged';
    throw new CodecError(`pickle: the bytes can't be read: ${reason}.`);
  }
}

/** Throws a RangeError for a value that others could not walk through. Most pickles are too small for that, or share nothing. */
function checkShape({ containers, shared }: PickleMachine, value: unknown): void {
  if (shared > FEW_SHARED || (shared > 0 && containers > MAX_DEPTH)) {
    const problem = shapeProblem(value);
    if (problem !== undefined) throw new RangeError(problem);
  } else if (containers > MAX_DEPTH && isTreeDeeper(value, MAX_DEPTH)) {
    throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
  }
}

function secondRun(bytes: Buffer, texts: TextCache, maps: ReadonlySet<number>): unknown {
  const second = new PickleMachine(bytes, texts, maps);
  const value = second.run();
  second.dicts.finish();
  return value;
}
