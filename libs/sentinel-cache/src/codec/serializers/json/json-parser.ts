import { setField, type StringDict } from '../../values/dict.js';
import { MAX_DEPTH } from '../../values/nesting.js';

/** CPython's limit for integers written as text. */
const MAX_DIGITS = 4300;
const WORDS: ReadonlyArray<readonly [string, unknown]> = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
];

/**
 * Reads JSON as Python does where JSON.parse does not: NaN and Infinity, integers of any size (a bigint past 2^53), `-0` as the int 0.
 * Recursion is bounded. Throws a RangeError for anything else.
 */
export class JsonParser {
  private at = 0;
  private readonly numberAt = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

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
    if (first >= 0x30 && first <= 0x39) return this.number();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(depth: number): StringDict {
    const dict: StringDict = {};
    if (this.next('}')) return dict;
    do {
      this.space();
      const key = this.string();
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
    try {
      return JSON.parse(this.text.slice(start, end + 1)) as string;
    } catch {
      throw this.damaged();
    }
  }

  private isEscaped(start: number, quote: number): boolean {
    let backslashes = 0;
    while (quote - 1 - backslashes > start && this.text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    return backslashes % 2 === 1;
  }

  private number(): number | bigint {
    this.numberAt.lastIndex = this.at;
    const match = this.numberAt.exec(this.text);
    if (match === null) throw this.damaged();
    this.at += match[0].length;
    if (match[1] !== undefined || match[2] !== undefined) return Number(match[0]);
    const number = Number(match[0]);
    if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
    if (match[0].replace('-', '').length > MAX_DIGITS) throw new RangeError(`an integer has more than ${MAX_DIGITS} digits`);
    return BigInt(match[0]);
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
