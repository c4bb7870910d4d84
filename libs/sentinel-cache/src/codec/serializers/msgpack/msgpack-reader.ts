import { isUtf8 } from 'node:buffer';
import { CodecError } from '../../../errors/codec.error.js';
import { COST, costOfItem, DecodeBudget } from '../../budget/decode-budget.js';
import { DictShapes } from '../../budget/dict-shapes.js';
import { isFarIndex, keepIndicesInTable, rememberOrder, setField, startsWithDigit, type StringDict } from '../../values/dict.js';
import { MsgpackExtension } from '../../values/msgpack-extension.js';
import { MAX_DEPTH } from '../../values/nesting.js';
import { asciiText, isAscii } from '../ascii-text.js';

/** Longest text that is looked at byte by byte. */
const SHORT = 12;

/**
 * Reads the value of MessagePack bytes as Python's msgpack reads them: text as strings, bytes as Buffers,
 * integers past 2^53 as bigints, a map with a key of bytes as a Map. Throws a CodecError for damaged bytes,
 * keys of other types, nesting beyond MAX_DEPTH and more than the budget allows.
 */
export function readMsgpack(bytes: Buffer, budget: DecodeBudget = new DecodeBudget()): unknown {
  try {
    return new MsgpackReader(bytes, budget).read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CodecError(`MessagePack: the bytes can't be read: ${error.message.replace(/\.$/, '')}.`);
  }
}

/** One run over the bytes. No length is believed before as many bytes are there. Throws a RangeError. */
class MsgpackReader {
  /** How many bytes have been read. */
  at = 0;
  private readonly shapes: DictShapes;
  private noBytes: Buffer | undefined;

  constructor(
    private readonly bytes: Buffer,
    private readonly budget: DecodeBudget,
  ) {
    this.shapes = new DictShapes(budget, bytes.length);
    budget.follow(this);
  }

  read(): unknown {
    const value = this.value(0);
    if (this.at !== this.bytes.length) throw new RangeError('something follows the value');
    return value;
  }

  private value(depth: number): unknown {
    const first = this.byte();
    if (first < 0x80) return first;
    if (first >= 0xe0) return first - 0x100;
    if (first < 0x90) return this.map(first & 0x0f, depth);
    if (first < 0xa0) return this.array(first & 0x0f, depth);
    if (first < 0xc0) return this.text(first & 0x1f);
    return this.tagged(first, depth);
  }

  private tagged(first: number, depth: number): unknown {
    if (first >= 0xd9) {
      if (first <= 0xdb) return this.text(this.uint(2 ** (first - 0xd9)));
      if (first <= 0xdd) return this.array(this.uint(2 ** (first - 0xdb)), depth);
      return this.map(this.uint(2 ** (first - 0xdd)), depth);
    }
    if (first >= 0xd4) return this.extension(2 ** (first - 0xd4));
    if (first >= 0xca) return this.number(first);
    if (first >= 0xc7) return this.extension(this.uint(2 ** (first - 0xc7)));
    if (first >= 0xc4) return this.binary(this.uint(2 ** (first - 0xc4)));
    if (first === 0xc1) throw new RangeError('a type is unknown');
    return first === 0xc0 ? null : first === 0xc3;
  }

  private number(first: number): unknown {
    const start = this.at;
    this.budget.spend(first === 0xcf || first === 0xd3 ? COST.bigint + COST.item : COST.number);
    this.skip(first === 0xca ? 4 : first === 0xcb ? 8 : 2 ** ((first - 0xcc) % 4));
    const { bytes } = this;
    switch (first) {
      case 0xca:
        return bytes.readFloatBE(start);
      case 0xcb:
        return bytes.readDoubleBE(start);
      case 0xcf:
        return narrow(bytes.readBigUInt64BE(start));
      case 0xd3:
        return narrow(bytes.readBigInt64BE(start));
      default:
        return first < 0xd0 ? bytes.readUIntBE(start, this.at - start) : bytes.readIntBE(start, this.at - start);
    }
  }

  private binary(length: number): Buffer {
    // Nobody can change an empty one.
    if (length === 0) return (this.noBytes ??= Buffer.alloc(0));
    return this.copy(length);
  }

  private copy(length: number): Buffer {
    const slice = this.slice(length);
    this.budget.spend(COST.bytes + length);
    return Buffer.from(slice);
  }

  private extension(length: number): MsgpackExtension {
    this.budget.spend(COST.instance + COST.bytes + length);
    const code = (this.byte() << 24) >> 24;
    return new MsgpackExtension(code, this.slice(length));
  }

  private text(length: number): string {
    this.budget.spend(COST.text + length);
    const text = this.characters(length);
    // Beyond Latin-1 every character of a text takes two bytes.
    if (text.length !== length) this.budget.spend(length);
    return text;
  }

  private characters(length: number): string {
    const start = this.at;
    this.skip(length);
    const { bytes, at: end } = this;
    if (length <= SHORT && isAscii(bytes, start, end)) return asciiText(bytes, start, end);
    for (let at = start; at < end; at++) {
      if (bytes[at]! < 0x80) continue;
      const text = bytes.toString('utf8', start, end);
      // V8 puts U+FFFD where the bytes are no UTF-8.
      if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) throw new RangeError('a text is not UTF-8');
      return text;
    }
    return bytes.toString('latin1', start, end);
  }

  private array(length: number, depth: number): unknown[] {
    this.enter(length, depth);
    this.budget.spend(COST.list + (length === 0 ? 0 : COST.firstItem));
    const list: unknown[] = [];
    for (let index = 0; index < length; index++) {
      this.budget.spend(costOfItem(index));
      list.push(this.value(depth + 1));
    }
    return list;
  }

  private map(length: number, depth: number): StringDict | Map<unknown, unknown> {
    this.enter(length * 2, depth);
    this.budget.spend(COST.dict);
    let shape = this.shapes.root;
    const dict: StringDict = {};
    const keys: string[] = [];
    let ordered = true;
    let inTable = false;
    for (let index = 0; index < length; index++) {
      const key = this.key();
      if (typeof key !== 'string')
        return this.mixedMap(new Map<unknown, unknown>(keys.map((name) => [name, dict[name]])), key, {
          left: length - index,
          depth,
        });
      ordered &&= !startsWithDigit(key);
      if (!inTable && isFarIndex(key, index)) {
        keepIndicesInTable(dict);
        inTable = true;
      }
      // Twice the same key is one field, and two texts here.
      this.budget.spend(COST.slot);
      keys.push(key);
      shape = this.shapes.add(shape, key);
      setField(dict, key, this.value(depth + 1));
    }
    if (!ordered) {
      this.budget.spend(keys.length * COST.setEntry);
      rememberOrder(dict, keys);
    }
    return dict;
  }

  /** A key of bytes makes it a Map. */
  private mixedMap(
    map: Map<unknown, unknown>,
    first: Buffer,
    { left, depth }: { left: number; depth: number },
  ): Map<unknown, unknown> {
    this.budget.spend(COST.collection + map.size * COST.mapEntry);
    let key: string | Buffer = first;
    for (; left > 0; left--) {
      this.budget.spend(COST.mapEntry + (typeof key === 'string' ? COST.text + key.length : 0));
      map.set(key, this.value(depth + 1));
      if (left > 1) key = this.key();
    }
    return map;
  }

  /** Python refuses every other type (`strict_map_key`). A text is counted as a field. */
  private key(): string | Buffer {
    const first = this.byte();
    if (first >= 0xa0 && first < 0xc0) return this.characters(first & 0x1f);
    if (first >= 0xd9 && first <= 0xdb) return this.characters(this.uint(2 ** (first - 0xd9)));
    // Two keys of no bytes are two keys of a Map.
    if (first >= 0xc4 && first <= 0xc6) return this.copy(this.uint(2 ** (first - 0xc4)));
    throw new RangeError('a key is neither text nor bytes, which Python does not read either');
  }

  private enter(items: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
    // An item takes a byte at least.
    if (items > this.bytes.length - this.at) throw new RangeError('it is cut off');
  }

  private byte(): number {
    this.skip(1);
    return this.bytes[this.at - 1]!;
  }

  private uint(size: number): number {
    this.skip(size);
    return this.bytes.readUIntBE(this.at - size, size);
  }

  private slice(length: number): Buffer {
    this.skip(length);
    return this.bytes.subarray(this.at - length, this.at);
  }

  private skip(count: number): void {
    if (count > this.bytes.length - this.at) throw new RangeError('it is cut off');
    this.at += count;
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
