import { CodecError } from '../../../errors/codec.error.js';
import { MAX_DEPTH, nestsTooDeep } from '../../values/nesting.js';
import { PickleMachine } from './pickle-machine.js';

/**
 * The value of a pickle of protocol 0 to 5; bytes after its end are ignored, as Python ignores them. Nothing in it is ever executed.
 *
 * Throws a CodecError for anything else: damaged bytes, classes off the allow-list, lists as dict keys, nesting beyond MAX_DEPTH.
 */
export function readPickle(bytes: Buffer): unknown {
  try {
    const first = new PickleMachine(bytes);
    const value = first.run();
    const maps = first.dicts.finish();
    const result = maps === undefined ? value : secondRun(bytes, maps);
    if (first.containers > MAX_DEPTH && nestsTooDeep(result)) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
    return result;
  } catch (error) {
    if (error instanceof CodecError) throw error;
    // The reasons are our own sentences; others (of Node, of Intl) may quote the bytes.
    const reason = error instanceof RangeError && !('code' in error) ? error.message : 'it is damaged';
    throw new CodecError(`pickle: the bytes can't be read: ${reason}.`);
  }
}

function secondRun(bytes: Buffer, maps: ReadonlySet<number>): unknown {
  const second = new PickleMachine(bytes, maps);
  const value = second.run();
  second.dicts.finish();
  return value;
}
