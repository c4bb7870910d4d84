import type { StoredHeader } from '../policy/stored-headers.js';
import type { Generations, Page } from './page.js';

/** The first byte of each page and each Vary list: another format has another one. */
const PAGE_FORMAT = 0xa3;
const VARY_FORMAT = 0xb1;
/** The format and four bytes that tell how long the head is. */
const PREFIX_BYTES = 5;
const MOST_HEAD_BYTES = 128 * 1024;
const MOST_HEADERS = 500;
const MOST_NAMES = 16;
const MOST_TAGS = 128;
const TOKEN = /^[!#$%&'*+\-.^_`|~\da-z]+$/;
/** What Node refuses in the value of a header. */
const NO_HEADER_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Writes a page: a format byte, the length of the head, the head as JSON, then the body as it is. */
export function encodePage({ body, ...head }: Page): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix[0] = PAGE_FORMAT;
  prefix.writeUInt32BE(text.length, 1);
  return Buffer.concat([prefix, text, body]);
}

/** Reads a page. Undefined for anything else: bytes in Redis may be anybody's. */
export function decodePage(bytes: Buffer): Page | undefined {
  if (bytes.length < PREFIX_BYTES || bytes[0] !== PAGE_FORMAT) return undefined;
  const end = PREFIX_BYTES + bytes.readUInt32BE(1);
  if (end > bytes.length || end > MOST_HEAD_BYTES) return undefined;
  const head = parsed(bytes.toString('utf8', PREFIX_BYTES, end));
  if (!isHead(head)) return undefined;
  return { ...head, body: bytes.subarray(end) };
}

/** Writes the list of headers that the pages of an address vary on, and of the variants that are stored. */
export function encodeVary(list: VaryList): Buffer {
  return Buffer.concat([Buffer.from([VARY_FORMAT]), Buffer.from(JSON.stringify(list))]);
}

/** What is remembered of an address whose pages vary. */
export interface VaryList {
  /** The text of its identity. */
  readonly identity: string;
  /** The headers, in lower case and sorted. */
  readonly names: readonly string[];
  /** The variants that are stored, the oldest first. */
  readonly variants: readonly string[];
}

/** Reads such a list. Undefined for anything else. */
export function decodeVary(bytes: Buffer): VaryList | undefined {
  if (bytes[0] !== VARY_FORMAT || bytes.length > MOST_HEAD_BYTES) return undefined;
  const list = parsed(bytes.toString('utf8', 1)) as Partial<VaryList> | undefined;
  const isList = typeof list?.identity === 'string' && areNames(list.names) && areTexts(list.variants);
  return isList ? (list as VaryList) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isHead(value: unknown): value is Omit<Page, 'body'> {
  const head = value as Partial<Page> | null;
  return (
    typeof head?.identity === 'string' &&
    typeof head.variant === 'string' &&
    areNames(head.vary) &&
    isWhole(head.status, 200, 599) &&
    isWhole(head.lifetimeMs, 1, Number.MAX_SAFE_INTEGER) &&
    arePairs(head.generations) &&
    isWhole(head.stale?.whileRevalidateMs, 0, Number.MAX_SAFE_INTEGER) &&
    isWhole(head.stale.ifErrorMs, 0, Number.MAX_SAFE_INTEGER) &&
    isWhole(head.ageSeconds, 0, Number.MAX_SAFE_INTEGER) &&
    isWhole(head.dateMs, 0, 8.64e15) &&
    isHeaderValue(head.varyHeader) &&
    Array.isArray(head.headers) &&
    head.headers.length <= MOST_HEADERS &&
    head.headers.every(isHeader)
  );
}

function isHeader(pair: unknown): pair is StoredHeader {
  if (!Array.isArray(pair) || pair.length !== 2) return false;
  const [name, value] = pair as unknown[];
  if (typeof name !== 'string' || !TOKEN.test(name) || name === 'set-cookie') return false;
  return Array.isArray(value) ? value.every(isHeaderValue) : isHeaderValue(value);
}

function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && !NO_HEADER_VALUE.test(value);
}

function areNames(names: unknown): names is readonly string[] {
  return (
    Array.isArray(names) && names.length <= MOST_NAMES && names.every((name) => typeof name === 'string' && TOKEN.test(name))
  );
}

function arePairs(list: unknown): list is Generations {
  return (
    Array.isArray(list) &&
    list.length <= MOST_TAGS &&
    list.every((pair) => Array.isArray(pair) && pair.length === 2 && areTexts(pair))
  );
}

function areTexts(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((item) => typeof item === 'string');
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}
