import { isFarIndex, keepIndicesInTable, setField, type StringDict } from '../../values/dict.js';
import { MAX_DIGITS } from '../../values/max-digits.js';
import { MAX_DEPTH } from '../../values/nesting.js';

/** V8 copies so few characters of a text; more would keep the whole text alive. */
const SHORT = 12;
const WORDS: ReadonlyArray<readonly [string, unknown]> = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
];

/**
 * Reads JSON as Python does where JSON.parse does not: NaN and Infinity, integers of any size (a bigint past
 * 2^53), `-0` as the int 0. Recursion is bounded. Throws a RangeError for anything else.
 */
export class JsonParser {
  private at = 0;

  constructor(private readonly text: string) {}

  parse(): unknown {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) throw this.damaged();
    return value;
  }

  private value(depth: number): unknown {
    this.space();
    const first = this.text.charCodeAt(this.at);
    if (first === 0x22) return this.string();
    if (first === 0x7b || first === 0x5b) {
      if (depth >= MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
      this.at++;
      return first === 0x7b ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (isDigit(first) || (first === 0x2d && isDigit(this.text.charCodeAt(this.at + 1)))) return this.number();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    throw this.damaged();
  }

  private object(depth: number): StringDict {
    const dict: StringDict = {};
    if (this.next('}')) return dict;
    let inTable = false;
    let fields = 0;
    do {
      this.space();
      const key = this.string();
      if (!inTable && isFarIndex(key, fields++)) {
        keepIndicesInTable(dict);
        inTable = true;
      }
      if (!this.next(':')) throw this.damaged();
      setField(dict, key, this.value(depth));
    } while (this.next(','));
    if (!this.next('}')) throw this.damaged();
    return dict;
  }

  private array(depth: number): unknown[] {
    const list: unknown[] = [];
    if (this.next(']')) return list;
    do list.push(this.value(depth));
    while (this.next(','));
    if (!this.next(']')) throw this.damaged();
    return list;
  }

  private string(): string {
    const start = this.at;
    if (this.text.charCodeAt(start) !== 0x22) throw this.damaged();
    let end = this.text.indexOf('"', start + 1);
    while (end !== -1 && this.isEscaped(start, end)) end = this.text.indexOf('"', end + 1);
    if (end === -1) throw this.damaged();
    this.at = end + 1;
    if (end - start <= SHORT && this.isPlain(start + 1, end)) return this.text.slice(start + 1, end);
    try {
      return JSON.parse(this.text.slice(start, end + 1)) as string;
    } catch {
      throw this.damaged();
    }
  }

  /** Whether the characters stand for themselves. */
  private isPlain(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const code = this.text.charCodeAt(at);
      if (code === 0x5c || code < 0x20) return false;
    }
    return true;
  }

  private isEscaped(start: number, quote: number): boolean {
    let backslashes = 0;
    while (quote - 1 - backslashes > start && this.text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    return backslashes % 2 === 1;
  }

  private number(): number | bigint {
    const { text } = this;
    const start = this.at;
    if (text.charCodeAt(start) === 0x2d) this.at++;
    const digitsAt = this.at;
    this.digits();
    // Python has no leading zeros either.
    if (text.charCodeAt(digitsAt) === 0x30 && this.at - digitsAt > 1) throw this.damaged();
    const digits = this.at - digitsAt;
    const isFloat = this.fraction();
    if (!isFloat && digits > MAX_DIGITS) throw new RangeError(`an integer has more than ${MAX_DIGITS} digits`);
    const written = text.slice(start, this.at);
    const number = Number(written);
    if (isFloat) return number;
    if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
    return BigInt(written);
  }

  /** Skips digits, one at least. */
  private digits(): void {
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    if (this.at === start) throw this.damaged();
  }

  /** Skips a fraction and an exponent; false when there is neither. */
  private fraction(): boolean {
    const { text } = this;
    const start = this.at;
    if (text.charCodeAt(this.at) === 0x2e && isDigit(text.charCodeAt(this.at + 1))) {
      this.at++;
      this.digits();
    }
    if ((text.charCodeAt(this.at) | 0x20) === 0x65) {
      const sign = text.charCodeAt(this.at + 1);
      const first = sign === 0x2b || sign === 0x2d ? this.at + 2 : this.at + 1;
      if (isDigit(text.charCodeAt(first))) {
        this.at = first;
        this.digits();
      }
    }
    return this.at !== start;
  }

  private next(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private damaged(): RangeError {
    return new RangeError('it is no JSON');
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
