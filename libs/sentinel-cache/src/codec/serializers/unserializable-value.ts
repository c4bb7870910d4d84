import { types } from 'node:util';
import { CodecError } from '../../errors/codec.error.js';

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const MAX_SEGMENTS = 20;
const MAX_NAME = 60;

/**
 * Why a value can't be written; collects the path to it while it passes through the containers, innermost
 * first.
 */
export class Unwritable extends Error {
  readonly segments: string[] = [];

  /**
   * Returns the error with one more step on its path. Errors of the user's own code (a getter, a toJSON)
   * become its cause.
   */
  static within(error: unknown, segment: string): Unwritable {
    const unwritable = error instanceof Unwritable ? error : Unwritable.of(error);
    unwritable.segments.push(segment);
    return unwritable;
  }

  /** Makes an Unwritable of any error. */
  static of(error: unknown): Unwritable {
    if (error instanceof Unwritable) return error;
    const overflow = error instanceof RangeError && /call stack/.test(error.message);
    const endless = error instanceof RangeError && /string length/.test(error.message);
    if (endless) return new Unwritable('it takes more than 512 MiB, which is all that Redis holds under a key', { cause: error });
    return new Unwritable(overflow ? 'it nests too deep for the stack' : 'it threw while it was read', { cause: error });
  }

  /** Returns the CodecError to throw: path and reason, never the value. */
  toCodecError(format: string): CodecError {
    const steps = this.segments.reverse();
    const shown = steps.length > MAX_SEGMENTS ? [...steps.slice(0, MAX_SEGMENTS), '...'] : steps;
    return new CodecError(`value${shown.join('')} can't be written as ${format}: ${this.message}.`, { cause: this.cause });
  }
}

/** Returns a step to a field: `.name`, or `["odd name"]`. */
export function fieldStep(name: string): string {
  return name.length <= MAX_NAME && IDENTIFIER.test(name) ? `.${name}` : `[${shown(name)}]`;
}

/** Returns a step to the value of a Map's key. */
export function entryStep(key: unknown): string {
  if (typeof key === 'string') return `.get(${shown(key)})`;
  return typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean' ? `.get(${key})` : '.get(...)';
}

/** A key may be as long as any text. */
function shown(name: string): string {
  return JSON.stringify(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}...` : name);
}

/** Throws for what is no value at all. */
export function refuseType(value: unknown): never {
  if (value === undefined) throw new Unwritable('undefined is no value; use null, or leave it out');
  throw new Unwritable(`a ${typeof value} is no value`);
}

/**
 * Throws for objects that have no content to store, most often stored by mistake: what they hold is not in
 * their fields.
 */
export function refuseEmptyShells(value: object): void {
  if (types.isPromise(value)) throw new Unwritable('it is a Promise; await it first');
  const type = Object.prototype.toString.call(value).slice(8, -1);
  const hasContent = type === 'Object' || 'toJSON' in value || Object.keys(value).length > 0;
  if (!hasContent) throw new Unwritable(`a value of type ${type} has no content to store`);
}

/** Returns what an object that has a `toJSON` stores instead of itself; `undefined` when it has none. */
export function replacementOf(value: object): { readonly value: unknown } | undefined {
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function') return undefined;
  return { value: toJSON.call(value, '') as unknown };
}

/** Returns the bytes behind a typed array, a DataView or an ArrayBuffer; `undefined` for anything else. */
export function bytesOf(value: object): Buffer | undefined {
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return types.isAnyArrayBuffer(value) ? Buffer.from(value) : undefined;
}
