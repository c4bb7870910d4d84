import { ErrorReply } from './reply.js';

/** What a reply looks like. See `RedisCommand.reply`. */
export interface ReplyShape<T = unknown> {
  /** The shape in words, for an error. */
  readonly words: string;
  /** Whether a reply has this shape. */
  readonly fits: (reply: unknown) => reply is T;
}

/** Cursors and epochs are unsigned numbers of 64 bits. */
const MOST_64_BITS = 2n ** 64n - 1n;
const DECIMAL = /^(?:0|[1-9]\d{0,19})$/;
const SCORE = /^-?(?:inf|\d{1,400}(?:\.\d{1,400})?(?:e[+-]?\d{1,3})?)$/i;
const WHOLE_NUMBER = /^-?\d{1,4300}$/;

/** The status `OK`. */
export const OK = shape<Buffer | string>('OK', (reply) => isWord(reply, 'OK'));

/** The status `PONG`. */
export const PONG = shape<Buffer | string>('PONG', (reply) => isWord(reply, 'PONG'));

/** The bytes of a string. */
export const BYTES = shape<Buffer>('a string', (reply) => Buffer.isBuffer(reply));

/** 0 or 1. */
export const FLAG = shape<0 | 1>('0 or 1', (reply) => reply === 0 || reply === 1);

/** A number of things. */
export const COUNT = countUpTo(Number.MAX_SAFE_INTEGER);

/** Any integer of 64 bits. */
export const INTEGER = shape<number | bigint>('an integer', isInteger);

/** Milliseconds that remain, -1 for ever, -2 for no entry (PTTL). */
export const REMAINING_MS = shape<number | bigint>('milliseconds, -1 or -2', (reply) => isInteger(reply) && reply >= -2);

/** A whole number of any length, as text. */
export const WHOLE_NUMBER_TEXT = shape<Buffer>(
  'a whole number',
  (reply) => Buffer.isBuffer(reply) && WHOLE_NUMBER.test(reply.toString('latin1')),
);

/** A score, as text. */
export const SCORE_TEXT = shape<Buffer>('a score', (reply) => Buffer.isBuffer(reply) && SCORE.test(reply.toString('latin1')));

/** A list of strings. */
export const STRINGS = listOf(BYTES);

/** That shape, or null. */
export function orNull<T>({ words, fits }: ReplyShape<T>): ReplyShape<T | null> {
  return shape<T | null>(`${words} or null`, (reply) => reply === null || fits(reply));
}

/** Exactly that number. */
export function exactly(number: number): ReplyShape<number> {
  return shape<number>(String(number), (reply) => reply === number);
}

/** A number of things, at most `most`. */
export function countUpTo(most: number): ReplyShape<number> {
  const words = most === Number.MAX_SAFE_INTEGER ? 'a count' : `a count up to ${most}`;
  return shape<number>(words, (reply) => Number.isSafeInteger(reply) && (reply as number) >= 0 && (reply as number) <= most);
}

/** A list of items of one shape. `exactly`, `most`: their number. */
export function listOf<T>(item: ReplyShape<T>, { exactly, most }: { exactly?: number; most?: number } = {}): ReplyShape<T[]> {
  const words = `a list${exactly === undefined ? '' : ` of ${exactly}`}${most === undefined ? '' : ` of at most ${most}`}: ${item.words}`;
  return shape<T[]>(words, (reply) => {
    if (!Array.isArray(reply) || reply.length !== (exactly ?? reply.length) || reply.length > (most ?? Infinity)) return false;
    return reply.every((each) => item.fits(each));
  });
}

/** A flat list in which a string and a value of another shape alternate. `most`: number of pairs. */
export function pairsOf(second: ReplyShape<Buffer>, most?: number): ReplyShape<Buffer[]> {
  const words = `a list of pairs${most === undefined ? '' : `, at most ${most}`}: ${BYTES.words}, ${second.words}`;
  return shape<Buffer[]>(words, (reply) => {
    if (!Array.isArray(reply) || reply.length % 2 !== 0 || reply.length / 2 > (most ?? Infinity)) return false;
    return reply.every((each, i) => (i % 2 === 0 ? BYTES : second).fits(each));
  });
}

/** A list with one item of each shape, in order. */
export function tupleOf<T extends readonly unknown[]>(...items: { [K in keyof T]: ReplyShape<T[K]> }): ReplyShape<T> {
  const shapes = items as readonly ReplyShape[];
  return shape<T>(`a list of ${shapes.map(({ words }) => words).join(', ')}`, (reply) => {
    return Array.isArray(reply) && reply.length === shapes.length && shapes.every(({ fits }, i) => fits(reply[i]));
  });
}

/** One page of SCAN and its like: the next cursor, and what was found. */
export function pageOf(found: ReplyShape<Buffer[]>): ReplyShape<[Buffer, Buffer[]]> {
  const cursor = shape<Buffer>('a cursor', (reply) => unsigned64(textOf(reply)) !== undefined);
  return tupleOf<[Buffer, Buffer[]]>(cursor, found);
}

/** Describes the kind of a reply, for an error. Tells nothing of its contents. */
export function describeReply(reply: unknown): string {
  if (reply === null) return 'null';
  if (Array.isArray(reply)) return `a list of ${reply.length}`;
  if (reply instanceof ErrorReply) return 'an error inside a reply';
  if (Buffer.isBuffer(reply) || typeof reply === 'string') return `text of ${reply.length} bytes`;
  if (typeof reply === 'number' || typeof reply === 'bigint') return 'a number';
  return typeof reply;
}

/**
 * Returns the text of a string or a number; undefined for anything else, whose text could take any amount of
 * work.
 */
export function textOf(reply: unknown): string | undefined {
  if (typeof reply === 'string') return reply;
  return Buffer.isBuffer(reply) || typeof reply === 'number' || typeof reply === 'bigint' ? String(reply) : undefined;
}

/** Reads a decimal number of at most 64 bits; undefined for anything else. */
export function unsigned64(text: string | undefined): bigint | undefined {
  if (text === undefined || !DECIMAL.test(text)) return undefined;
  const number = BigInt(text);
  return number <= MOST_64_BITS ? number : undefined;
}

function shape<T>(words: string, fits: (reply: unknown) => boolean): ReplyShape<T> {
  return Object.freeze({ words, fits: fits as ReplyShape<T>['fits'] });
}

function isInteger(reply: unknown): reply is number | bigint {
  return Number.isSafeInteger(reply) || typeof reply === 'bigint';
}

function isWord(reply: unknown, word: string): boolean {
  return (typeof reply === 'string' || Buffer.isBuffer(reply)) && reply.length === word.length && String(reply) === word;
}
