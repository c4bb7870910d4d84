import { CodecError } from '../../../../errors/codec.error.js';
import { kindOf } from '../../../values/kind.js';
import { Tuple } from '../../../values/tuple.js';
import { Uuid } from '../../../values/uuid.js';
import { isPlain } from './pickle-dicts.js';
import { findPickleGlobal, PickleGlobal } from './pickle-globals.js';
import type { PickleScope } from './pickle-scope.js';
import type { PickleStack } from './pickle-stack.js';

/** No constructor on the list takes more. */
const MAX_ARGUMENTS = 8;

/**
 * The names and constructor calls of one run over a pickle; counts what is not finished, so that no name and
 * no half-made object gets out.
 */
export class PickleConstructors {
  /** Names and half-made objects on the stack. */
  unfinished = 0;

  constructor(private readonly scope: PickleScope) {}

  /** Finds what a name stands for. Throws a CodecError that tells the name when it is off the allow-list. */
  find(module: unknown, name: unknown): unknown {
    if (typeof module !== 'string' || typeof name !== 'string') throw new RangeError('a name is not a string');
    const found = findPickleGlobal(module, name);
    if (found !== undefined) return this.counted(found);
    const shown = `${module.slice(0, 200)}.${name.slice(0, 200)}`.replace(/[^\w.]/g, '?').slice(0, 200);
    throw new CodecError(
      `pickle: ${shown} is not on the list of Python classes that are read. Store plain data instead of instances of it.`,
    );
  }

  /** Counts a value that is put on the stack once more. */
  counted(value: unknown): unknown {
    if (value instanceof PickleGlobal) this.unfinished++;
    return value;
  }

  /** Opcodes that call a constructor; `false` for others. */
  call(op: number, stack: PickleStack): boolean {
    switch (op) {
      case 0x93: {
        // STACK_GLOBAL
        const name = stack.take();
        stack.push(this.find(stack.take(), name));
        return true;
      }
      case 0x92: // NEWOBJ_EX
        checkNoNames(stack.take());
        return this.construct(stack);
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        return this.construct(stack);
      case 0x62: {
        // BUILD
        const state = stack.take();
        stack.push(this.complete(stack.take(), state));
        return true;
      }
      default:
        return false;
    }
  }

  private construct(stack: PickleStack): true {
    const args = stack.take();
    const callable = stack.take();
    if (!(callable instanceof PickleGlobal) || !(args instanceof Tuple))
      throw new RangeError('something is called that is no constructor');
    if (args.length > MAX_ARGUMENTS) throw new RangeError('a constructor is given too many arguments');
    this.unfinished--;
    const result = callable.call(args, this.scope);
    let names = 0;
    for (let at = 0; at < args.length; at++) if (args[at] instanceof PickleGlobal) names++;
    this.unfinished -= names;
    // A name used up as an argument must not come to light again through the memo.
    if (names > 0) args.length = 0;
    if (isBlank(result)) this.unfinished++;
    stack.push(this.counted(result));
    return true;
  }

  /** Gives a half-made object its state. Only UUID has one. */
  private complete(blank: unknown, state: unknown): unknown {
    if (!isBlank(blank) || !isPlain(state)) throw new RangeError('an object is given a state that it has no use for');
    const { int } = state;
    if (typeof int !== 'bigint' && !Number.isSafeInteger(int)) throw new RangeError('a UUID has no number');
    Uuid.fill(blank, BigInt(int as number | bigint));
    this.unfinished--;
    return blank;
  }
}

function checkNoNames(named: unknown): void {
  if (!isPlain(named) || Object.keys(named).length !== 0) throw new RangeError('a constructor is given named arguments');
}

function isBlank(value: unknown): value is Uuid {
  return typeof value === 'object' && value !== null && kindOf(value) === 'uuid' && (value as Uuid).value === undefined;
}
