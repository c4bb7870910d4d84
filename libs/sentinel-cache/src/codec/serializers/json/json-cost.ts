import { COST, type DecodeBudget } from '../../budget/decode-budget.js';
import { DictShapes, type DictShape } from '../../budget/dict-shapes.js';
import { MAX_DEPTH } from '../../values/nesting.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/**
 * The most bytes that are made of a character. By JSON.parse: of objects of one field each, all different;
 * by a JsonParser: of lists.
 */
const MOST_PER_CHARACTER = { native: 32, own: 96 };
/** What is made of fewer characters, in all values of a reply, takes neither much memory nor long. */
const FEW_CHARACTERS = 1024 * 1024;
/**
 * What a character may stand for: the same value takes more of them than of bytes in a pickle, and JSON.parse
 * is faster.
 */
const MOST_COST_PER_CHARACTER = 24;
/** Digits of a number that take no memory beside its place. */
const SHORT_DIGITS = 9;
/** The first byte of characters up to U+00FF is no greater. */
const LAST_LATIN1_LEAD = 0xc3;
/** The first byte of characters that take two units is no less. */
const FIRST_PAIR_LEAD = 0xf0;

/** As many bytes of a text are looked at one by one: a search for its end takes longer to begin. */
const FIRST_LOOK = 64;
/** What is counted before the budget is asked. */
const COUNTED_AT_ONCE = 65_536;

/** A JSON text, and the bytes that it was read from. */
export interface JsonText {
  readonly text: string;
  /** Its UTF-8. */
  readonly bytes: Buffer;
}

/**
 * Counts what a parser will make of a text, JSON.parse or our own, in order that nothing is made of one that
 * stands for too much. A text that is short enough for anything in it is not looked at. Throws an OverBudget.
 */
export function countJson(read: JsonText, budget: DecodeBudget, parser: keyof typeof MOST_PER_CHARACTER): void {
  const { length } = read.text;
  const isShort = budget.readBefore + length <= FEW_CHARACTERS;
  if (isShort && length * MOST_PER_CHARACTER[parser] <= budget.left) return budget.follow({ at: length });
  budget.follow({ at: length }, MOST_COST_PER_CHARACTER);
  // What our own parser makes grows item by item.
  new JsonCost(read, budget, parser === 'own' ? COST.list + COST.firstItem : COST.list + COST.item * 2).count();
}

/** What a byte outside of a text may be the first of. Others are blanks, signs and words. */
const [TEXT, COMMA, COLON, DIGIT, ARRAY, OBJECT, END] = [1, 2, 3, 4, 5, 6, 7];
const KINDS = new Uint8Array(256).map((_kind, byte) => {
  const at = '",:[{]}'.indexOf(String.fromCharCode(byte));
  return byte >= 0x30 && byte <= 0x39 ? DIGIT! : ([TEXT, COMMA, COLON, ARRAY, OBJECT, END, END][at] ?? 0);
});

/**
 * One look at each byte: those of a Buffer take half the time of a text's characters. Of damaged text it
 * counts something; JSON.parse refuses it then.
 */
class JsonCost {
  private at = 0;
  private counted = 0;
  private readonly bytes: Buffer;
  private readonly text: string;
  private readonly isAscii: boolean;
  /** Whether no character takes two bytes in memory: none takes more than its UTF-8 then. */
  private readonly isNarrow: boolean;
  private nextQuote = -1;
  private nextBackslash = -1;
  private readonly shapes: DictShapes;
  /** The shapes of the objects around; `null` for an array. */
  private readonly around: Array<DictShape | null> = [];
  /** That of the innermost. */
  private inner: DictShape | null = undefined;
  /** Whether a text is a key. */
  private isBeforeKey = false;

  constructor(
    { bytes, text }: JsonText,
    private readonly budget: DecodeBudget,
    private readonly costOfList: number,
  ) {
    this.bytes = bytes;
    this.text = text;
    this.isAscii = bytes.length === text.length;
    this.isNarrow = this.isAscii || !/[\u0100-\uffff]/.test(text);
    this.shapes = new DictShapes(budget, text.length);
  }

  count(): void {
    const { bytes } = this;
    while (this.at < bytes.length) {
      const kind = KINDS[bytes[this.at++]!];
      if (kind === 0) continue;
      if (kind === TEXT) this.string();
      else if (kind === DIGIT) this.number();
      else if (kind === COLON) this.isBeforeKey = false;
      else if (kind === COMMA) {
        if (this.inner === null) this.counted += COST.slot;
        else this.isBeforeKey = true;
      } else if (kind === END) this.close();
      else this.open(kind === ARRAY);
    }
    this.spend();
  }

  private open(isArray: boolean): void {
    if (this.around.length >= MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
    this.counted += isArray ? this.costOfList : COST.dict;
    this.around.push(this.inner);
    this.inner = isArray ? null : this.shapes.root;
    this.isBeforeKey = !isArray;
    if (this.counted > COUNTED_AT_ONCE) this.spend();
  }

  private close(): void {
    this.inner = this.around.pop();
    this.isBeforeKey = false;
    if (this.counted > COUNTED_AT_ONCE) this.spend();
  }

  private spend(): void {
    this.budget.spend(this.counted);
    this.counted = 0;
  }

  private number(): void {
    const { bytes } = this;
    const start = this.at - 1;
    let { at } = this;
    while (KINDS[bytes[at]!] === DIGIT) at++;
    let isFloat = false;
    // Digits, point, exponent and its sign.
    for (let sign = bytes[at]; isOfNumber(sign); sign = bytes[++at]) isFloat ||= sign === 0x2e;
    this.at = at;
    const length = at - start;
    if (isFloat || length > SHORT_DIGITS) this.counted += COST.number + (length >> 1);
  }

  private string(): void {
    if (this.isBeforeKey && this.around.length > 0) return this.key(this.inner ?? undefined);
    this.counted += COST.text + this.skip();
    if (this.counted > COUNTED_AT_ONCE) this.spend();
  }

  private key(shape: DictShape): void {
    this.isBeforeKey = false;
    const { at: start, bytes } = this;
    const expected = shape?.lastKey;
    if (expected !== undefined && this.follows(expected)) {
      this.at = start + expected.length + 1;
      this.inner = this.shapes.add(shape, expected);
      return;
    }
    this.skip();
    const end = this.at - 1;
    this.inner = this.shapes.add(shape, this.isAscii ? this.text.slice(start, end) : bytes.toString('utf8', start, end));
  }

  /** Whether this key, of ASCII, comes next. */
  private follows(key: string): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key.charCodeAt(i)) return false;
    return bytes[at + key.length] === QUOTE;
  }

  /** Goes behind a text; returns the bytes of memory that its characters take. */
  private skip(): number {
    const { bytes, at: start } = this;
    const searchAt = Math.min(start + FIRST_LOOK, bytes.length);
    let all = 0;
    for (let at = start; at < searchAt; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.at = at + 1;
        return all < 0x80 || this.isNarrow ? at - start : charactersIn(bytes, start, at);
      }
      if (byte === BACKSLASH) break;
      all |= byte;
    }
    return this.skipLong();
  }

  /** As `skip`, for a text that is long or has escapes. */
  private skipLong(): number {
    const { bytes, at: start } = this;
    let [at, all, escapes, isWide] = [start, 0, 0, false];
    let searchAt = at + FIRST_LOOK;
    for (let byte = bytes[at]; byte !== QUOTE && byte !== undefined; byte = bytes[at]) {
      if (byte === BACKSLASH) {
        const isUnit = bytes[at + 1] === 0x75;
        if (isUnit) isWide ||= bytes[at + 2] !== 0x30 || bytes[at + 3] !== 0x30;
        escapes += isUnit ? 5 : 1;
        at += isUnit ? 6 : 2;
        searchAt = at + FIRST_LOOK;
      } else if (at < searchAt) {
        all |= byte;
        at++;
      } else {
        at = this.signFrom(at);
        if (!this.isAscii) all |= 0x80;
      }
    }
    this.at = at + 1;
    if (isWide) return 2 * (at - start - escapes);
    return (all < 0x80 || this.isNarrow ? at - start : charactersIn(bytes, start, at)) - escapes;
  }

  /** The next quote or backslash. Each byte is searched once, since places are asked for in their order. */
  private signFrom(at: number): number {
    if (this.nextQuote < at) this.nextQuote = this.find('"', at);
    if (this.nextBackslash < at) this.nextBackslash = this.find('\\', at);
    return Math.min(this.nextQuote, this.nextBackslash);
  }

  private find(sign: string, at: number): number {
    const { bytes, text } = this;
    // A search in a text begins five times as fast.
    const found = this.isAscii ? text.indexOf(sign, at) : bytes.indexOf(sign, at);
    return found === -1 ? bytes.length : found;
  }
}

function isOfNumber(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    (KINDS[byte] === DIGIT || byte === 0x2e || byte === 0x45 || byte === 0x65 || byte === 0x2b || byte === 0x2d)
  );
}

/** The memory that the characters of UTF-8 bytes take: two bytes each where one is beyond Latin-1. */
function charactersIn(bytes: Buffer, start: number, end: number): number {
  let [characters, isWide] = [0, false];
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    // Others continue a character.
    if ((byte & 0xc0) !== 0x80) characters++;
    if (byte <= LAST_LATIN1_LEAD) continue;
    isWide = true;
    if (byte >= FIRST_PAIR_LEAD) characters++;
  }
  return isWide ? 2 * characters : characters;
}
