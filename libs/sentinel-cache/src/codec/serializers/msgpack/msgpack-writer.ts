import { types } from 'node:util';
import { orderedKeys } from '../../values/dict.js';
import { kindOf, type Kind } from '../../values/kind.js';
import type { MsgpackExtension } from '../../values/msgpack-extension.js';
import { MAX_CONTAINERS, MAX_DEPTH } from '../../values/nesting.js';
import {
  bytesOf,
  entryStep,
  fieldStep,
  refuseEmptyShells,
  refuseType,
  replacementOf,
  Unwritable,
} from '../unserializable-value.js';
import { ARRAY, MAP, MsgpackOutput } from './msgpack-output.js';

const SMALLEST = -(2n ** 63n);
const LARGEST = 2n ** 64n - 1n;

/** How many levels are searched for a cycle at once. */
const NEAR = 20;

/** One dump under way, and the containers around, to tell a cycle. */
interface Dump {
  readonly out: MsgpackOutput;
  readonly path: object[];
  /**
   * Objects met so far, shared ones as often as they were met: a few in one another would otherwise never
   * come to an end.
   */
  objects: number;
}

/**
 * Writes a value as Python's msgpack writes it. Throws an Unwritable for what Python refuses to write, or to
 * read afterwards.
 */
export function writeMsgpack(value: unknown): Buffer {
  const dump: Dump = { out: new MsgpackOutput(), path: [], objects: 0 };
  save(value, dump);
  return dump.out.finish();
}

function save(value: unknown, dump: Dump): void {
  switch (typeof value) {
    case 'string':
      return dump.out.text(value);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? dump.out.integer(value) : dump.out.float(value);
    case 'boolean':
      return dump.out.byte(value ? 0xc3 : 0xc2);
    case 'bigint':
      return saveBigint(value, dump);
    case 'object':
      return value === null ? dump.out.byte(0xc0) : saveObject(value, dump);
    default:
      refuseType(value);
  }
}

function saveBigint(value: bigint, dump: Dump): void {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) dump.out.integer(Number(value));
  else if (value < SMALLEST || value > LARGEST)
    throw new Unwritable('an integer has more than 64 bits, and Django refuses it too');
  else dump.out.bigint(value);
}

function saveObject(value: object, dump: Dump): void {
  const depth = dump.path.length;
  // A cycle that starts further down comes by once more, at the end of all levels.
  if ((depth < NEAR || depth >= MAX_DEPTH) && dump.path.includes(value))
    throw new Unwritable('it holds itself, which MessagePack can not express');
  if (depth >= MAX_DEPTH) throw new Unwritable(`it nests deeper than ${MAX_DEPTH} levels`);
  count(dump);
  dump.path.push(value);
  if (Array.isArray(value)) saveArray(value as unknown[], dump);
  else saveOther(value, dump);
  dump.path.pop();
}

function count(dump: Dump): void {
  if (++dump.objects <= MAX_CONTAINERS) return;
  throw new Unwritable(`it has more than ${MAX_CONTAINERS} objects, shared ones counted wherever they are met`);
}

function saveOther(value: object, dump: Dump): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return savePlain(value, dump);
  if (types.isMap(value)) return saveMap(value, dump);
  const bytes = bytesOf(value);
  if (bytes !== undefined) return dump.out.bytes(bytes);
  const kind = kindOf(value);
  if (kind !== undefined) return saveKind(value, kind, dump);
  if (types.isDate(value)) throw refusal('datetime');
  if (types.isSet(value)) throw refusal('set');
  if (types.isBoxedPrimitive(value)) return save(value.valueOf(), dump);
  refuseEmptyShells(value);
  savePlain(value, dump);
}

function saveKind(value: object, kind: Kind, { out }: Dump): void {
  if (kind === 'safe-string') return out.text(String(value));
  if (kind !== 'msgpack-extension') throw refusal(kind);
  const { code, data } = value as MsgpackExtension;
  out.extension(code, data);
}

function refusal(kind: string): Unwritable {
  return new Unwritable(`MessagePack has no ${kind}, and Django refuses it too; use the pickle serializer`);
}

function saveArray(list: readonly unknown[], dump: Dump): void {
  let at = 0;
  // A toJSON inside may change the list; the length is written first, and has to be right.
  const { length } = list;
  dump.out.header(ARRAY, length);
  try {
    for (; at < length; at++) save(list[at], dump);
  } catch (error) {
    throw Unwritable.within(error, `[${at}]`);
  }
}

function savePlain(value: object, dump: Dump): void {
  const replacement = replacementOf(value);
  if (replacement !== undefined) return save(replacement.value, dump);
  // A getter is asked once: the length comes first, and has to be right.
  const fields: (readonly [string, unknown])[] = [];
  let key = '';
  try {
    for (key of orderedKeys(value)) {
      const field = (value as Record<string, unknown>)[key];
      if (field !== undefined) fields.push([key, field]);
    }
    dump.out.header(MAP, fields.length);
    for (const [name, field] of fields) {
      key = name;
      dump.out.text(name);
      save(field, dump);
    }
  } catch (error) {
    throw Unwritable.within(error, fieldStep(key));
  }
}

function saveMap(map: ReadonlyMap<unknown, unknown>, dump: Dump): void {
  const entries = [...map];
  dump.out.header(MAP, entries.length);
  for (const [key, value] of entries) {
    try {
      saveKey(key, dump);
      save(value, dump);
    } catch (error) {
      throw Unwritable.within(error, entryStep(key));
    }
  }
}

/** Python's msgpack writes any key, and reads back only text and bytes. */
function saveKey(key: unknown, dump: Dump): void {
  const { out } = dump;
  if (typeof key === 'string') return out.text(key);
  const bytes = typeof key === 'object' && key !== null ? bytesOf(key) : undefined;
  if (bytes !== undefined) {
    count(dump);
    return out.bytes(bytes);
  }
  if (typeof key === 'object' && key !== null && kindOf(key) === 'safe-string') return out.text(String(key));
  throw new Unwritable('a key in MessagePack is a string or bytes: Django would write this one, and could not read it');
}
