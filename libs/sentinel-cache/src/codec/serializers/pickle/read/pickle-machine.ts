import { types } from 'node:util';
import { COST, costOfItem, type DecodeBudget } from '../../../budget/decode-budget.js';
import { isContainer } from '../../../values/nesting.js';
import { asTuple, Tuple } from '../../../values/tuple.js';
import { MachineMemo } from './machine-memo.js';
import { PickleConstructors } from './pickle-constructors.js';
import { PickleDicts } from './pickle-dicts.js';
import { newFrozenSet, PickleGlobal } from './pickle-globals.js';
import { PickleScope } from './pickle-scope.js';
import { PickleStack } from './pickle-stack.js';
import { PickleTape } from './pickle-tape.js';
import type { TextCache } from '../scalars/text-cache.js';

const NO_VALUE = Symbol('no value');

/**
 * Runs the opcodes of a pickle over a stack, as Python's Unpickler does, except that names mean constructors
 * of ours. Nothing recurses.
 */
export class PickleMachine {
  /** Lists, dicts, sets and tuples made: nothing nests deeper than that. */
  containers = 0;
  /** How often such a container came up again. */
  shared = 0;
  readonly dicts: PickleDicts;
  private readonly tape: PickleTape;
  private readonly stack: PickleStack;
  private readonly memo: MachineMemo;
  private readonly scope: PickleScope;
  private readonly constructors: PickleConstructors;

  constructor(
    bytes: Buffer,
    texts: TextCache,
    readonly budget: DecodeBudget,
    maps?: ReadonlySet<number>,
  ) {
    this.tape = new PickleTape(bytes, texts, budget);
    this.stack = new PickleStack(budget);
    this.memo = new MachineMemo(bytes.length, budget);
    this.scope = new PickleScope(budget);
    this.constructors = new PickleConstructors(this.scope);
    this.dicts = new PickleDicts(this.scope, bytes.length, maps);
  }

  /**
   * Reads the value. Throws a RangeError or a CodecError for anything that Python's writer would not have
   * written.
   */
  run(): unknown {
    const { tape, stack } = this;
    for (;;) {
      const op = tape.byte();
      switch (op) {
        case 0x94: // MEMOIZE
          this.memo.add(stack.peek());
          break;
        case 0x8c: // SHORT_BINUNICODE
          stack.push(tape.text(tape.byte()));
          break;
        case 0x68: // BINGET
          stack.push(this.recall(tape.byte()));
          break;
        case 0x4b: // BININT1
          stack.push(tape.byte());
          break;
        case 0x28: // MARK
          stack.mark();
          break;
        case 0x75: // SETITEMS
          this.dicts.fill(stack, stack.popMark());
          break;
        case 0x4d: // BININT2
          stack.push(tape.uint16());
          break;
        case 0x4a: // BININT
          stack.push(tape.int32());
          break;
        case 0x2e: // STOP
          if (this.constructors.unfinished !== 0) throw new RangeError('an object is unfinished');
          return stack.peek();
        default:
          this.step(op);
      }
    }
  }

  private step(op: number): void {
    const value = this.scalar(op);
    if (value !== NO_VALUE) this.stack.push(value);
    else if (!this.collect(op) && !this.fill(op) && !this.shuffle(op) && !this.constructors.call(op, this.stack)) {
      throw new RangeError(`unknown opcode 0x${op.toString(16).padStart(2, '0')}`);
    }
  }

  /** Opcodes that push one new value. */
  private scalar(op: number): unknown {
    switch (op) {
      case 0x7d: // EMPTY_DICT
        return this.born(this.dicts.create());
      case 0x5d: // EMPTY_LIST
        return this.born([], COST.list);
      case 0x6a: // LONG_BINGET
        return this.recall(this.tape.uint32());
      case 0x8f: // EMPTY_SET
        return this.born(new Set(), COST.collection);
      case 0x29: // EMPTY_TUPLE
        return this.born(asTuple([]), COST.list);
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
        return this.collected(newFrozenSet(this.taken(this.stack.popMark()), this.scope), COST.collection);
      case 0x6c: // LIST
        return this.collected(this.taken(this.stack.popMark()), COST.list);
      case 0x64: {
        // DICT
        const items = this.taken(this.stack.popMark());
        this.collected(this.dicts.create());
        for (const item of items) this.stack.push(item);
        this.dicts.fill(this.stack, this.stack.top - items.length);
        return true;
      }
      default:
        return false;
    }
  }

  /** Opcodes that move what is there, memo and stack, and those that say what comes. */
  private shuffle(op: number): boolean {
    switch (op) {
      case 0x80: // PROTO
        this.tape.protocol();
        return true;
      case 0x95: // FRAME
        this.tape.frame();
        return true;
      case 0x71: // BINPUT
        this.memo.put(this.tape.byte(), this.stack.peek());
        return true;
      case 0x72: // LONG_BINPUT
        this.memo.put(this.tape.uint32(), this.stack.peek());
        return true;
      case 0x70: // PUT
        this.memo.put(Number(this.tape.line()), this.stack.peek());
        return true;
      case 0x30: // POP
        this.stack.pop();
        return true;
      case 0x31: // POP_MARK
        this.stack.top = this.stack.popMark();
        return true;
      case 0x32: // DUP
        this.stack.push(this.again(this.stack.peek()));
        return true;
      default:
        return false;
    }
  }

  private recall(index: number): unknown {
    const value = this.memo.get(index);
    return typeof value === 'object' && value !== null ? this.again(value) : value;
  }

  private again(value: unknown): unknown {
    if (value instanceof PickleGlobal) return this.constructors.counted(value);
    if (typeof value === 'object' && value !== null && isContainer(value)) this.shared++;
    return value;
  }

  private born(container: unknown, cost = 0): unknown {
    this.containers++;
    this.budget.spend(cost);
    return container;
  }

  private collected(container: unknown, cost = 0): true {
    this.stack.push(this.born(container, cost));
    return true;
  }

  private newTuple(start: number): true {
    return this.collected(asTuple(this.taken(start)), COST.list);
  }

  private taken(start: number): unknown[] {
    this.budget.spend((this.stack.top - start) * COST.item);
    return this.stack.takeFrom(start);
  }

  private append(start: number): void {
    const { stack } = this;
    const list = stack.below(start);
    if (!Array.isArray(list) || list instanceof Tuple) throw new RangeError('an item is appended to no list');
    const count = stack.top - start;
    this.budget.spend(count * costOfItem(list.length) + (list.length === 0 && count > 0 ? COST.firstItem : 0));
    for (let at = start; at < stack.top; at++) list.push(stack.items[at]);
    stack.top = start;
  }

  private addItems(start: number): void {
    const set = this.stack.below(start);
    if (!types.isSet(set)) throw new RangeError('an item is added to no set');
    this.scope.fillSet(this.taken(start), (item) => set.add(item), set);
  }
}
