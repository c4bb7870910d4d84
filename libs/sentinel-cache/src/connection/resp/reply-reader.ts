import { ErrorReply, type Reply } from './reply.js';
import type { ReplyLimits } from './reply-limits.js';
import { ProtocolError } from './protocol-error.js';
import { readBigNumber, readBoolean, readCount, readDouble, readInteger, readLength } from './reply-numbers.js';
import { StringInParts } from './string-in-parts.js';

/** Gets what was read, as it is complete. */
export interface ReplyListener {
  /** A reply; an error reply is an ErrorReply. */
  onReply(reply: Reply): void;
  /** A message that answers no command (RESP3). */
  onPush(push: readonly Reply[]): void;
  /**
   * Asked when an array begins. A listener that it returns gets the items one by one, and the reply is an
   * empty array.
   */
  itemListener?(): ((item: Reply, index: number) => void) | undefined;
}

/** An array that is not complete. */
interface OpenArray {
  readonly items: Reply[];
  readonly length: number;
  filled: number;
  readonly isPush: boolean;
  readonly onItem: ((item: Reply, index: number) => void) | undefined;
}

const LF = 10;
const CR = 13;
const EMPTY = Buffer.alloc(0);

/**
 * Reads replies from the bytes of one connection (RESP2, and RESP3 as Redis speaks it).
 *
 * - Nothing is allocated for what a length claims, only for what has arrived, and no more than `limits`
 *   allow.
 * - `read` throws a ProtocolError at the first byte that can't be right; what was complete before it has been
 *   handed out.
 */
export class ReplyReader {
  /** The beginning of a line. */
  private line: Buffer = EMPTY;
  /** A string of which a part has arrived. */
  private string: StringInParts | undefined;
  private readonly open: OpenArray[] = [];
  private items = 0;
  private bytes = 0;
  private advanced = false;

  constructor(
    private readonly protocol: 2 | 3,
    private readonly limits: ReplyLimits,
    private readonly listener: ReplyListener,
  ) {}

  /** Whether a reply has begun and not ended. */
  get isMidway(): boolean {
    return this.string !== undefined || this.open.length > 0 || this.line.length > 0;
  }

  /**
   * Reads what has arrived. Returns true when a reply was completed, or an item that is handed out alone, or
   * a long string has grown by a sixteenth.
   */
  read(chunk: Buffer): boolean {
    this.advanced = false;
    let at = 0;
    while (at < chunk.length) {
      at = this.string ? this.readString(this.string, chunk, at) : this.readItem(chunk, at);
    }
    return this.advanced;
  }

  /** Reads one line, and the string that it may announce. Returns where it ends. */
  private readItem(chunk: Buffer, start: number): number {
    let end = start;
    const last = Math.min(chunk.length, start + this.limits.lineBytes - this.line.length);
    while (end < last && chunk[end] !== LF) end += 1;
    if (end === last) return this.keepLine(chunk, start, end);
    if (this.line.length === 0) return this.readLine(chunk, start, end, chunk, end + 1);
    const line = Buffer.concat([this.line, chunk.subarray(start, end + 1)]);
    this.line = EMPTY;
    return this.readLine(line, 0, line.length - 1, chunk, end + 1);
  }

  private keepLine(chunk: Buffer, start: number, end: number): number {
    if (end < chunk.length) throw new ProtocolError(`a line of more than ${this.limits.lineBytes} bytes`);
    const begun = chunk.subarray(start, end);
    this.line = this.line.length === 0 ? Buffer.from(begun) : Buffer.concat([this.line, begun]);
    // Reports an invalid line before its end comes.
    if (!this.isKnown(this.line[0]!)) throw unknownType(this.line[0]!);
    return end;
  }

  /** `line` from `start` to its LF at `end`; what follows it is in `chunk` from `next` on. */
  private readLine(line: Buffer, start: number, end: number, chunk: Buffer, next: number): number {
    if (end - start < 2 || line[end - 1] !== CR) throw new ProtocolError('a line without CRLF');
    const type = line[start]!;
    this.count(end + 1 - start);
    const from = start + 1;
    const to = end - 1;
    switch (type) {
      case 36: // $
        return this.beginString(readLength(line, from, to), false, chunk, next);
      case 58: // :
        this.complete(readInteger(line, from, to));
        return next;
      case 43: // +
        this.complete(copy(line, from, to));
        return next;
      case 45: // -
        this.complete(new ErrorReply(line.toString('utf8', from, to)));
        return next;
      case 42: // *
        this.beginArray(readLength(line, from, to), false);
        return next;
    }
    if (this.protocol !== 3) throw unknownType(type);
    return this.readResp3(type, line, from, to, chunk, next);
  }

  private readResp3(type: number, line: Buffer, from: number, to: number, chunk: Buffer, next: number): number {
    switch (type) {
      case 95: // _
        if (from !== to) throw new ProtocolError('a null with content');
        this.complete(null);
        return next;
      case 35: // #
        this.complete(readBoolean(line, from, to));
        return next;
      case 44: // ,
        this.complete(readDouble(line, from, to));
        return next;
      case 40: // (
        this.complete(readBigNumber(line, from, to));
        return next;
      case 33: // !
      case 61: // =
        return this.beginString(readCount(line, from, to), type === 33, chunk, next);
      case 37: // %
        this.beginArray(readCount(line, from, to) * 2, false);
        return next;
      case 126: // ~
        this.beginArray(readCount(line, from, to), false);
        return next;
      case 62: // >
        if (this.open.length > 0) throw new ProtocolError('a push inside a reply');
        this.beginArray(readCount(line, from, to), true);
        return next;
      default:
        throw unknownType(type);
    }
  }

  private isKnown(type: number): boolean {
    return (this.protocol === 3 ? '$:+-*_#,(!=%~>' : '$:+-*').includes(String.fromCharCode(type));
  }

  private beginString(length: number, isError: boolean, chunk: Buffer, next: number): number {
    if (length < 0) {
      this.complete(null);
      return next;
    }
    if (length > this.limits.stringBytes) throw new ProtocolError(`a string of ${length} bytes`);
    this.count(length + 2);
    const end = next + length;
    // Most strings arrive whole.
    if (!isError && end + 2 <= chunk.length) {
      if (chunk[end] !== CR || chunk[end + 1] !== LF) throw new ProtocolError('a string longer than it said');
      this.complete(length === 0 ? EMPTY : chunk.subarray(next, end));
      return end + 2;
    }
    this.string = new StringInParts(length, isError);
    return this.readString(this.string, chunk, next);
  }

  private readString(string: StringInParts, chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + string.missing);
    if (string.add(chunk.subarray(start, end))) this.advanced = true;
    if (string.missing > 0) return end;
    this.string = undefined;
    const bytes = string.end();
    if (!bytes) throw new ProtocolError('a string longer than it said');
    this.complete(string.isError ? new ErrorReply(bytes.toString('utf8')) : bytes);
    return end;
  }

  private beginArray(length: number, isPush: boolean): void {
    if (length < 0) return this.complete(null);
    this.items += length;
    if (this.items > this.limits.items) throw new ProtocolError(`a reply of more than ${this.limits.items} items`);
    if (this.open.length >= this.limits.depth) throw new ProtocolError(`arrays nested more than ${this.limits.depth} deep`);
    if (length === 0 && !isPush) return this.complete([]);
    if (length === 0) throw new ProtocolError('an empty push');
    const onItem = this.open.length === 0 && !isPush ? this.listener.itemListener?.() : undefined;
    this.open.push({ items: [], length, filled: 0, isPush, onItem });
  }

  /** A value is complete: the reply, or an item of the array that is open. */
  private complete(value: Reply): void {
    let done = value;
    for (let array = this.open.at(-1); array; array = this.open.at(-1)) {
      if (array.onItem) this.handOut(array.onItem, done, array.filled);
      else array.items.push(done);
      array.filled += 1;
      if (array.filled < array.length) return;
      this.open.pop();
      done = array.items;
      if (array.isPush) {
        this.reset();
        return this.listener.onPush(array.items);
      }
    }
    this.reset();
    this.advanced = true;
    this.listener.onReply(done);
  }

  /** An item that is handed out is no part of the reply any more: the bounds are its own. */
  private handOut(onItem: NonNullable<OpenArray['onItem']>, item: Reply, index: number): void {
    this.bytes = 0;
    this.advanced = true;
    onItem(item, index);
  }

  private reset(): void {
    this.items = 0;
    this.bytes = 0;
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.replyBytes) throw new ProtocolError(`a reply of more than ${this.limits.replyBytes} bytes`);
  }
}

/** Copies the bytes: the line may be a small part of a large buffer. */
function copy(line: Buffer, from: number, to: number): Buffer {
  return Buffer.from(line.subarray(from, to));
}

function unknownType(type: number): ProtocolError {
  return new ProtocolError(`a reply that begins with byte 0x${type.toString(16).padStart(2, '0')}`);
}
