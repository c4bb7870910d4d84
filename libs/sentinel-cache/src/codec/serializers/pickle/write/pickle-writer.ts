import { types } from 'node:util';
import { orderedKeys } from '../../../values/dict.js';
import { kindOf, type Kind } from '../../../values/kind.js';
import { FEW_SHARED, MAX_CONTAINERS, MAX_DEPTH, shapeProblem } from '../../../values/nesting.js';
import { Timezone } from '../../../values/timezone.js';
import {
  bytesOf,
  entryStep,
  fieldStep,
  refuseEmptyShells,
  refuseType,
  replacementOf,
  Unwritable,
} from '../../unserializable-value.js';
import { writeAtom } from './pickle-atoms.js';
import type { ObjectMemo } from './object-memo.js';
import { encodeInstant } from '../scalars/pickle-moments.js';
import { writeFrozenSet, writeSet, type SetSink } from './pickle-sets.js';
import { PickleSink } from './pickle-sink.js';

const BATCH = 1000;

/**
 * Writes values as Python's pickler does; the same bytes for the same value wherever Python's do not depend
 * on object identity. One dump at a time.
 */
export class PickleWriter extends PickleSink implements SetSink {
  /** Writes a pickle. Throws an Unwritable. */
  dump(value: unknown): Buffer {
    try {
      this.out.start();
      this.save(value, 1);
      this.refuseWhatIsNotRead(value);
      return this.out.finish();
    } catch (error) {
      throw Unwritable.of(error);
    } finally {
      this.forget();
    }
  }

  /**
   * What a few bytes can stand for is bounded where they are read: what would not come back is not stored.
   */
  private refuseWhatIsNotRead(value: unknown): void {
    if (this.memo.shared <= FEW_SHARED && this.memo.size <= MAX_CONTAINERS) return;
    const problem = shapeProblem(value);
    if (problem !== undefined) throw new Unwritable(problem);
  }

  push(value: unknown): void {
    this.save(value, 1);
  }

  private save(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.out.text(value);
        this.out.memoize();
        return;
      case 'number':
        if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.out.integer(value);
        else this.out.float(value);
        return;
      case 'boolean':
        return this.out.byte(value ? 0x88 : 0x89);
      case 'bigint':
        if (value >= -9007199254740991n && value <= 9007199254740991n) this.out.integer(Number(value));
        else this.out.bigint(value);
        return;
      case 'object':
        if (value === null) this.out.byte(0x4e);
        else this.saveObject(value, depth);
        return;
      default:
        refuseType(value);
    }
  }

  private saveObject(value: object, depth: number): void {
    const known = this.memo.get(value);
    if (known !== undefined) return this.out.recall(known);
    if (depth > MAX_DEPTH) throw new Unwritable(`it nests deeper than ${MAX_DEPTH} levels`);
    if (Array.isArray(value)) {
      if (kindOf(value) === 'tuple') this.saveTuple(value, depth, false);
      else this.saveList(value, depth);
      return;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) this.savePlain(value, depth);
    else this.saveInstance(value, kindOf(value), depth);
  }

  private saveInstance(value: object, kind: Kind | undefined, depth: number): void {
    if (kind === undefined && types.isDate(value)) return this.saveDate(value);
    if (kind === 'bytearray') return this.saveByteArray(value as Uint8Array);
    if (kind === 'frozenset') return this.saveFrozenSet(value as Set<unknown>, depth, this.memo);
    if (types.isMap(value)) return this.saveMap(value, depth);
    if (kind !== undefined) return writeAtom(kind, value, this);
    if (types.isSet(value)) return writeSet(value, depth, this);
    const bytes = bytesOf(value);
    if (bytes !== undefined) return this.saveBytes(value, bytes);
    if (types.isBoxedPrimitive(value)) return this.save(value.valueOf(), depth);
    refuseEmptyShells(value);
    this.savePlain(value, depth);
  }

  private savePlain(value: object, depth: number): void {
    const replacement = replacementOf(value);
    if (replacement !== undefined) return this.save(replacement.value, depth + 1);
    const keys = orderedKeys(value);
    this.out.byte(0x7d); // EMPTY_DICT
    this.remember(value);
    for (let start = 0; start < keys.length; start += BATCH) this.saveFields(value, keys, start, depth);
  }

  private saveFields(value: object, keys: readonly string[], start: number, depth: number): void {
    const end = Math.min(start + BATCH, keys.length);
    let key = '';
    let written = 0;
    if (keys.length > 1) this.out.byte(0x28); // MARK
    try {
      for (let at = start; at < end; at++) {
        key = keys[at]!;
        const field = (value as Record<string, unknown>)[key];
        if (field === undefined) continue;
        this.pushKey(key);
        this.save(field, depth + 1);
        this.out.boundary();
        written++;
      }
    } catch (error) {
      throw Unwritable.within(error, fieldStep(key));
    }
    if (written > 0)
      this.out.byte(keys.length > 1 ? 0x75 : 0x73); // SETITEMS, SETITEM
    else if (keys.length > 1) this.out.unmark();
  }

  private saveList(list: readonly unknown[], depth: number): void {
    const { out } = this;
    let at = 0;
    out.byte(0x5d); // EMPTY_LIST
    this.remember(list);
    try {
      while (at < list.length) {
        const end = Math.min(at + BATCH, list.length);
        if (list.length > 1) out.byte(0x28); // MARK
        for (; at < end; at++) {
          this.save(list[at], depth + 1);
          out.boundary();
        }
        out.byte(list.length > 1 ? 0x65 : 0x61); // APPENDS, APPEND
      }
    } catch (error) {
      throw Unwritable.within(error, `[${at}]`);
    }
  }

  /** As a dict key or set member (`hashed`), what lies inside has to be hashable too. */
  private saveTuple(list: readonly unknown[], depth: number, hashed: boolean): void {
    const { out } = this;
    const memo = hashed ? this.keyMemo : this.memo;
    let at = 0;
    if (list.length === 0) return out.byte(0x29);
    if (list.length > 3) out.byte(0x28); // MARK
    try {
      for (; at < list.length; at++) {
        if (hashed) this.saveKey(list[at], depth + 1);
        else this.save(list[at], depth + 1);
        out.boundary();
      }
    } catch (error) {
      throw Unwritable.within(error, `[${at}]`);
    }
    const known = memo.get(list);
    if (known === undefined) {
      out.byte(list.length > 3 ? 0x74 : 0x84 + list.length);
      memo.add(list, out.memoize());
      return;
    }
    // The tuple is inside itself, by way of a list, and was finished there: take the items off again.
    if (list.length > 3)
      out.byte(0x31); // POP_MARK
    else for (let item = 0; item < list.length; item++) out.byte(0x30); // POP
    out.recall(known);
  }

  saveKey(value: unknown, depth: number): void {
    if (typeof value === 'string') return this.pushKey(value);
    if (typeof value !== 'object' || value === null) return this.save(value, depth);
    const known = this.keyMemo.get(value);
    if (known !== undefined) return this.out.recall(known);
    if (depth > MAX_DEPTH) throw new Unwritable(`it nests deeper than ${MAX_DEPTH} levels, or holds itself as a key`);
    if (Array.isArray(value)) return this.saveTuple(value, depth, true);
    if (types.isSet(value)) return this.saveFrozenSet(value, depth, this.keyMemo);
    const kind = kindOf(value);
    const single =
      kind !== undefined ? kind !== 'bytearray' && kind !== 'ordered-dict' : types.isDate(value) || bytesOf(value) !== undefined;
    if (single) return this.saveObject(value, depth);
    const replacement = types.isMap(value) || kind !== undefined ? undefined : replacementOf(value);
    if (replacement === undefined)
      throw new Unwritable('a dict key or set member has to be hashable in Python; a dict and a bytearray are not');
    this.saveKey(replacement.value, depth + 1);
  }

  private saveFrozenSet(set: Set<unknown>, depth: number, memo: ObjectMemo): void {
    writeFrozenSet(set, depth, this);
    memo.add(set, this.out.memoize());
  }

  private saveDate(date: Date): void {
    const year = date.getUTCFullYear();
    if (Number.isNaN(year)) throw new Unwritable('it is an invalid Date');
    if (year < 1 || year > 9999) throw new Unwritable("its year is outside 1 to 9999, which is all that Python's datetime has");
    this.global('datetime', 'datetime');
    this.pushBytes(encodeInstant(date));
    this.push(Timezone.UTC);
    this.tuple(2);
    this.out.byte(0x52); // REDUCE
    this.remember(date);
  }

  private saveMap(map: Map<unknown, unknown>, depth: number): void {
    const { out } = this;
    if (kindOf(map) === 'ordered-dict') {
      this.global('collections', 'OrderedDict');
      this.tuple(0);
      out.byte(0x52); // REDUCE
    } else out.byte(0x7d); // EMPTY_DICT
    this.remember(map);
    let at = 0;
    for (const [key, value] of map) {
      if (map.size > 1 && at % BATCH === 0) out.byte(0x28); // MARK
      try {
        this.saveKey(key, depth + 1);
        this.save(value, depth + 1);
      } catch (error) {
        throw Unwritable.within(error, entryStep(key));
      }
      out.boundary();
      at++;
      if (map.size === 1)
        out.byte(0x73); // SETITEM
      else if (at % BATCH === 0 || at === map.size) out.byte(0x75); // SETITEMS
    }
  }
}
