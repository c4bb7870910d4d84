import { types } from 'node:util';
import { FrozenSet } from '../../values/frozen-set.js';
import { Tuple } from '../../values/tuple.js';
import { PickleConstructors } from './pickle-constructors.js';
import { isPlain, PickleDicts } from './pickle-dicts.js';
import { PickleScope } from './pickle-scope.js';
import { PickleStack } from './pickle-stack.js';
import { PickleTape } from './pickle-tape.js';

const NO_VALUE = Symbol('no value');

/** Runs the opcodes of a pickle over a stack, as Python's Unpickler does, except that names mean constructors of ours. Nothing recurses. */
export class PickleMachine {
  /** Lists, dicts, sets and tuples made: nothing nests deeper than that. */
  containers = 0;
  readonly dicts: PickleDicts;
  private readonly tape: PickleTape;
  private readonly stack = new PickleStack();
  private readonly memo: unknown[] = [];
  private memoized = 0;
  private readonly scope = new PickleScope();
  private readonly constructors = new PickleConstructors(this.scope);

  constructor(bytes: Buffer, maps: ReadonlySet<number> = new Set()) {
    this.tape = new PickleTape(bytes);
    this.dicts = new PickleDicts(this.scope, maps);
  }

  /** The value. Throws a RangeError or a CodecError for anything that Python's writer would not have written. */
  run(): unknown {
    const { tape, stack } = this;
    for (;;) {
      const op = tape.byte();
      if (op === 0x94) {
        // MEMOIZE
        this.remember(this.memoized);
      } else if (op === 0x28) {
        // MARK
        stack.mark();
      } else if (op === 0x2e) {
        // STOP
        if (this.constructors.unfinished !== 0) throw new RangeError('an object is unfinished');
        return stack.items[stack.from(1)];
      } else {
        const value = this.scalar(op);
        if (value !== NO_VALUE) stack.items.push(value);
        else if (!this.fill(op) && !this.collect(op) && !this.shuffle(op) && !this.call(op)) {
          throw new RangeError(`unknown opcode 0x${op.toString(16).padStart(2, '0')}`);
        }
      }
    }
  }

  /** Opcodes that push one new value. */
  private scalar(op: number): unknown {
    switch (op) {
      case 0x68: // BINGET
        return this.recall(this.tape.byte());
      case 0x7d: // EMPTY_DICT
        this.containers++;
        return this.dicts.create();
      case 0x5d: // EMPTY_LIST
        this.containers++;
        return [];
      case 0x6a: // LONG_BINGET
        return this.recall(this.tape.uint32());
      case 0x8f: // EMPTY_SET
        this.containers++;
        return new Set();
      case 0x29: // EMPTY_TUPLE
        return new Tuple();
      case 0x67: // GET
        return this.recall(Number(this.tape.line()));
      case 0x63: // GLOBAL
        return this.constructors.find(this.tape.line(), this.tape.line());
      default:
        return this.tape.scalar(op, NO_VALUE);
    }
  }

  /** Opcodes that put what lies on the stack into the container below it. */
  private fill(op: number): boolean {
    switch (op) {
      case 0x75: // SETITEMS
        this.dicts.fill(this.stack, this.stack.popMark());
        return true;
      case 0x73: // SETITEM
        this.dicts.fill(this.stack, this.stack.from(2));
        return true;
      case 0x65: // APPENDS
        this.append(this.stack.popMark());
        return true;
      case 0x61: // APPEND
        this.append(this.stack.from(1));
        return true;
      case 0x90: // ADDITEMS
        this.addItems(this.stack.popMark());
        return true;
      default:
        return false;
    }
  }

  /** Opcodes that make a container of what lies on the stack. */
  private collect(op: number): boolean {
    switch (op) {
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.newTuple(this.stack.from(op - 0x84));
      case 0x74: // TUPLE
        return this.newTuple(this.stack.popMark());
      case 0x91: // FROZENSET
        return this.collected(new FrozenSet(this.scope.hashableItems(this.stack.items.splice(this.stack.popMark()))));
      case 0x6c: // LIST
        return this.collected(this.stack.items.splice(this.stack.popMark()));
      case 0x64: {
        // DICT
        const start = this.stack.popMark();
        this.containers++;
        this.stack.items.splice(start, 0, this.dicts.create());
        this.dicts.fill(this.stack, start + 1);
        return true;
      }
      default:
        return false;
    }
  }

  /** Opcodes that move what is there: memo, stack, frames. */
  private shuffle(op: number): boolean {
    switch (op) {
      case 0x80: // PROTO
        this.tape.protocol();
        return true;
      case 0x95: // FRAME
        this.tape.frame();
        return true;
      case 0x71: // BINPUT
        this.remember(this.tape.byte());
        return true;
      case 0x72: // LONG_BINPUT
        this.remember(this.tape.uint32());
        return true;
      case 0x70: // PUT
        this.remember(Number(this.tape.line()));
        return true;
      case 0x30: // POP
        this.stack.pop();
        return true;
      case 0x31: // POP_MARK
        this.stack.items.length = this.stack.popMark();
        return true;
      case 0x32: // DUP
        this.stack.items.push(this.constructors.counted(this.stack.items[this.stack.from(1)]));
        return true;
      default:
        return false;
    }
  }

  /** Opcodes that call a constructor. */
  private call(op: number): boolean {
    switch (op) {
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.stack.take(2);
        this.stack.items.push(this.constructors.find(module, name));
        return true;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callable, args] = this.stack.take(2);
        this.stack.items.push(this.constructors.construct(callable, args));
        return true;
      }
      case 0x92: {
        // NEWOBJ_EX
        const [callable, args, named] = this.stack.take(3);
        if (!isPlain(named) || Object.keys(named).length !== 0) throw new RangeError('a constructor is given named arguments');
        this.stack.items.push(this.constructors.construct(callable, args));
        return true;
      }
      case 0x62: {
        // BUILD
        const [blank, state] = this.stack.take(2);
        this.stack.items.push(this.constructors.complete(blank, state));
        return true;
      }
      default:
        return false;
    }
  }

  private remember(index: number): void {
    // Python numbers the memo from 0 up, so an index beyond the length of the pickle is made up.
    if (!(index >= 0 && index < this.tape.length)) throw new RangeError('a memo index is out of range');
    if (this.memo[index] === undefined) this.memoized++;
    this.memo[index] = this.stack.items[this.stack.from(1)];
  }

  private recall(index: number): unknown {
    const value = this.memo[index];
    if (typeof value === 'object') return this.constructors.counted(value);
    if (value === undefined) throw new RangeError('a memo index is empty');
    return value;
  }

  private collected(container: unknown): true {
    this.containers++;
    this.stack.items.push(container);
    return true;
  }

  private newTuple(start: number): true {
    const { items } = this.stack;
    // Of the right length from the start: pushing would reserve room for 16 more.
    const tuple = new Tuple<unknown>(items.length - start);
    for (let at = start; at < items.length; at++) tuple[at - start] = items[at];
    items.length = start;
    return this.collected(tuple);
  }

  private append(start: number): void {
    const list = this.stack.below(start);
    const { items } = this.stack;
    if (!Array.isArray(list) || list instanceof Tuple) throw new RangeError('an item is appended to no list');
    for (let at = start; at < items.length; at++) list.push(items[at]);
    items.length = start;
  }

  private addItems(start: number): void {
    const set = this.stack.below(start);
    if (!types.isSet(set)) throw new RangeError('an item is added to no set');
    for (const item of this.scope.hashableItems(this.stack.items.splice(start))) set.add(item);
  }
}
