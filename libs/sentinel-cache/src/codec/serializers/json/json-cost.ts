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

/**
 * Counts what a parser will make of a text, JSON.parse or our own, in order that nothing is made of one that
 * stands for too much. A text that is short enough for anything in it is not looked at. Throws an OverBudget.
 */
export function countJson(text: string, budget: DecodeBudget, parser: keyof typeof MOST_PER_CHARACTER): void {
  const isShort = budget.readBefore + text.length <= FEW_CHARACTERS;
  if (isShort && text.length * MOST_PER_CHARACTER[parser] <= budget.left) return budget.follow({ at: text.length });
  // What our own parser makes grows item by item.
  new JsonCost(text, budget, parser === 'own' ? COST.list + COST.firstItem : COST.list + COST.item * 2).count();
}

/** One look at each character. Of damaged text it counts something; JSON.parse refuses it then. */
class JsonCost {
  private at = 0;
  private readonly shapes: DictShapes;
  /** The shapes of the objects around; `null` for an array. */
  private readonly around: Array<DictShape | null> = [];

  constructor(
    private readonly text: string,
    private readonly budget: DecodeBudget,
    private readonly costOfList: number,
  ) {
    this.shapes = new DictShapes(budget, text.length);
  }

  count(): void {
    const { text, budget } = this;
    budget.follow({ at: text.length }, MOST_COST_PER_CHARACTER);
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at++);
      if (code === QUOTE) this.string();
      else if (code === 0x2c) {
        if (this.around.at(-1) === null) budget.spend(COST.slot);
      } else if (code >= 0x30 && code <= 0x39) this.number();
      else if (code === 0x5b || code === 0x7b) this.open(code === 0x5b);
      else if (code === 0x5d || code === 0x7d) this.around.pop();
    }
  }

  private open(isArray: boolean): void {
    if (this.around.length >= MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
    this.budget.spend(isArray ? this.costOfList : COST.dict);
    this.around.push(isArray ? null : this.shapes.root);
  }

  private number(): void {
    const start = this.at - 1;
    let code = this.text.charCodeAt(this.at);
    let isFloat = false;
    // Digits, point, exponent and its sign.
    while ((code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x45 || code === 0x65 || code === 0x2b || code === 0x2d) {
      isFloat ||= code === 0x2e;
      code = this.text.charCodeAt(++this.at);
    }
    const length = this.at - start;
    if (isFloat || length > SHORT_DIGITS) this.budget.spend(COST.number + (length >> 1));
  }

  private string(): void {
    const { text } = this;
    const start = this.at;
    let escapes = 0;
    let code = text.charCodeAt(this.at++);
    let all = 0;
    while (code !== QUOTE && this.at < text.length) {
      all |= code;
      if (code === BACKSLASH) {
        const isUnit = text.charCodeAt(this.at) === 0x75;
        escapes += isUnit ? 5 : 1;
        if (isUnit && !text.startsWith('00', this.at + 1)) all |= 0x100;
        this.at += isUnit ? 5 : 1;
      }
      code = text.charCodeAt(this.at++);
    }
    if (this.isKey()) {
      this.key(text.slice(start, this.at - 1));
      return;
    }
    const characters = this.at - start - escapes;
    this.budget.spend(COST.text + (all > 0xff ? 2 * characters : characters));
  }

  private isKey(): boolean {
    if (this.around.at(-1) === null) return false;
    let at = this.at;
    let code = this.text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = this.text.charCodeAt(++at);
    return code === 0x3a;
  }

  private key(key: string): void {
    const top = this.around.length - 1;
    if (top >= 0) this.around[top] = this.shapes.add(this.around[top] ?? undefined, key);
  }
}
