import { ShapeTree } from './shape-tree.js';

const MIB = 1024 * 1024;

/**
 * OPTIONS.maxDecodedBytes unless given: rows of 20 MB take less than that, and a process of 512 MB survives
 * it.
 */
export const DEFAULT_MAX_DECODED_BYTES = 256 * MIB;

/**
 * How many bytes of memory each byte read may stand for, as costs are counted here. Rows take 5 to 12, the
 * shortest dicts, sets and datetimes that Python writes 20 to 40; only bytes made up for it take more.
 */
const MOST_PER_BYTE = 40;
/** V8 makes a list half as long again when it is full. */
const LONG_LIST = 1_000_000;
/** The part of the budget that may be spent however short the values are. */
const FREE_SHARE = 1 / 64;
/** What each value of a reply may spend beside: the first object of a kind costs more than its bytes. */
const FREE_EACH = 4096;

/**
 * What the things made from bytes cost, in bytes of memory, as V8 was seen to take them (Node 20 to 24, 64
 * bits), with a quarter more for the collector's room. What takes longer than its memory says costs as much
 * as memory that takes so long: about 5 ns a byte.
 */
export const COST = Object.freeze({
  /** A place in a stack, a memo or a list that grows: while it is moved, the old place is taken too. */
  slot: 24,
  /** The same in a list of a million and more: each size that it had waits for the collector. */
  longListSlot: 40,
  /** A place in an array made to measure. */
  item: 8,
  list: 64,
  /** What a list reserves with its first item. */
  firstItem: 128,
  dict: 80,
  /** A field of a dict whose keys, up to this one, came in this order before. */
  field: 16,
  /** The first field of its kind: V8 describes it. */
  newField: 320,
  /**
   * A field of a dict that V8 keeps as a hash table, since it has many fields or too many kinds of dicts were
   * made.
   */
  tableField: 160,
  /** What such a dict takes beside its fields. */
  table: 320,
  /** A key that V8 may take for an index: those are a hash table too. */
  indexField: 320,
  /** An empty Map or Set. */
  collection: 168,
  /** An entry, and the one that it leaves when the table grows. */
  mapEntry: 72,
  setEntry: 56,
  /** A text with a lone surrogate beside its characters: it is decoded character by character. */
  surrogates: 128,
  /** A text, number or bigint beside its characters or digits. */
  text: 24,
  number: 24,
  /** A bigint beside its digits. */
  bigint: 32,
  /** A Buffer or Uint8Array beside its bytes. */
  bytes: 128,
  /** An instance of a class of ours. */
  instance: 160,
  /** An instance of several objects, or of a text that is checked. */
  wideInstance: 384,
  /** A moment with or without a zone: several objects, and a check of each field. */
  datetime: 320,
  /** One question to Intl about a zone: two microseconds. */
  zoneLookup: 400,
  /** A zone: what Intl keeps for it. */
  zone: 12_000,
  /**
   * For each byte, character or item that a constructor looks through or copies; Python writes these anew for
   * each one.
   */
  argument: 16,
  /** One more key to compare with in a hash table: keys chosen to collide. */
  collision: 32,
  /** A container in a walk through parts that are shared. */
  visit: 128,
});

/** Returns what an item costs that is put at the end of a list. */
export function costOfItem(length: number): number {
  return length > LONG_LIST ? COST.longListSlot : COST.slot;
}

/** An entry stands for more than it may; the message says what to do. Readers make a CodecError of it. */
class OverBudget extends RangeError {}

/** What reads the bytes, and how far it has come. */
export interface ReadingAt {
  /** Bytes read so far. */
  readonly at: number;
}

const NOT_YET: ReadingAt = Object.freeze({ at: 0 });

/**
 * What reading the values of one reply may take, for all that is made of the bytes: decompressed bytes,
 * texts, containers and instances, and the time that some of them need, counted as memory (COST). It is
 * counted, not measured: it ends at the same place on every machine.
 *
 * The values of a reply may spend a 64th part of `maxBytes` however short they are, 40 bytes for each byte
 * read and 4 KiB for each value; together never more than `maxBytes`.
 */
export class DecodeBudget {
  private spent = 0;
  /** What may be spent before `check` is asked. */
  private allowed: number;
  private reserved = 0;
  private reading: ReadingAt = NOT_YET;
  private perByte = MOST_PER_BYTE;
  /** What the values before this one may spend for their bytes. */
  private earnedBefore = 0;
  private bytesBefore = 0;
  private tree: ShapeTree | undefined;

  /** Takes OPTIONS.maxDecodedBytes. */
  constructor(
    /** The most that may be spent, in bytes. */
    readonly maxBytes: number = DEFAULT_MAX_DECODED_BYTES,
  ) {
    this.allowed = Math.floor(maxBytes * FREE_SHARE);
  }

  /** What may still be spent at most. */
  get left(): number {
    return this.maxBytes - this.spent;
  }

  /** How many bytes the values before this one had. */
  get readBefore(): number {
    return this.bytesBefore;
  }

  /** The kinds of objects made so far. @internal */
  get shapes(): ShapeTree {
    return (this.tree ??= new ShapeTree());
  }

  /** Begins the next value of the same reply. What the ones before it took stays spent: they are kept. */
  nextValue(): void {
    this.earnedBefore += this.reading.at * this.perByte + FREE_EACH;
    this.bytesBefore += this.reading.at;
    this.reading = NOT_YET;
    this.perByte = MOST_PER_BYTE;
  }

  /** Sets whose progress through the bytes counts from here on, and what each of them may stand for. */
  follow(reading: ReadingAt, perByte = MOST_PER_BYTE): void {
    this.reading = reading;
    this.perByte = perByte;
  }

  /**
   * Counts bytes of which the entry has as many itself, like its text. Throws an OverBudget when there are
   * more than `left`.
   */
  reserve(bytes: number): void {
    this.reserved += bytes;
    this.spend(bytes);
  }

  /** Counts a cost. Throws an OverBudget beyond what the values may spend. */
  spend(cost: number): void {
    if ((this.spent += cost) > this.allowed) this.check(cost);
  }

  /** Returns what has been spent, for `dropTo`. */
  mark(): number {
    return this.spent;
  }

  /** Gives back what was spent since the mark: all of it has been dropped. */
  dropTo(mark: number): void {
    this.spent = mark;
  }

  private check(cost: number): void {
    const free = Math.floor(this.maxBytes * FREE_SHARE);
    const share = this.reserved + free + this.earnedBefore + this.reading.at * this.perByte;
    this.allowed = Math.min(this.maxBytes, share);
    if (this.spent <= this.allowed) return;
    // It is not made; what follows in the same reply pays for itself alone.
    this.spent -= cost;
    throw new OverBudget(
      `the value would take more memory or time than OPTIONS.maxDecodedBytes allows (${this.maxBytes} bytes in all, ` +
        `${this.perByte} for each byte read and ${free} beside). ` +
        'Store less under one key, read fewer values at once, or raise maxDecodedBytes',
    );
  }
}
