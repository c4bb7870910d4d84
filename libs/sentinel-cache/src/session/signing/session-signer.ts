import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

import { CodecError } from '../../errors/codec.error.js';
import type { Clock } from '../../time/clock.js';
import type { SessionData } from '../port/session-engine.js';
import { readSessionJson, writeSessionJson } from './session-json.js';

/** Django's salt of rows and files. */
export const STORED_SALT = 'django.contrib.sessions.SessionStore';
/** Django's salt of cookies. */
export const COOKIE_SALT = 'django.contrib.sessions.backends.signed_cookies';

/** Digits of timestamps, in Django's order. */
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BASE62.length;
const BASE62_TEXT = /^-?[0-9A-Za-z]{1,11}$/;

/** What signed text holds: the fields and when they were signed, or why there are none. */
export type Unsigned =
  { readonly data: SessionData; readonly signedAtMs: number } | { readonly problem: 'bad-signature' | 'unreadable' };

/** The parts of a signer. */
export interface SessionSignerOptions {
  /** The first one signs, all of them are good for reading (SECRET_KEY and SECRET_KEY_FALLBACKS). */
  readonly secretKeys: readonly string[];
  /** Tells signatures of one purpose from those of another. */
  readonly salt: string;
  /**
   * Largest JSON that is written, or that a compressed text may inflate to, in bytes: a small text can hold
   * gigabytes.
   */
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** Signs and reads the fields of a session like Django's `signing.dumps` and `signing.loads`. */
export class SessionSigner {
  /** One for each secret key. Private to the language, so that no log and no response shows them. */
  readonly #hmacKeys: readonly Buffer[];
  readonly #options: SessionSignerOptions;

  constructor(options: SessionSignerOptions) {
    this.#options = options;
    this.#hmacKeys = options.secretKeys.map((secret) => createHash('sha256').update(`${options.salt}signer${secret}`).digest());
  }

  /**
   * Returns the signed text. Throws CodecError for what JSON can't hold, and for more bytes than could be
   * read again.
   */
  sign(data: SessionData): string {
    const json = writeSessionJson(data);
    if (json.length > this.#options.maxBytes) {
      throw new CodecError(
        `Session: expected at most ${this.#options.maxBytes} bytes of JSON, got ${json.length}. Keep less in it.`,
      );
    }
    const signed = `${encodePayload(json)}:${toBase62(Math.floor(this.#options.clock.wallMs() / 1000))}`;
    return `${signed}:${signature(this.#hmacKeys[0]!, signed)}`;
  }

  /** Reads a text that any of the secret keys signed. Never throws. */
  unsign(text: string): Unsigned {
    const at = text.lastIndexOf(':');
    const stampAt = text.lastIndexOf(':', at - 1);
    const signed = text.slice(0, Math.max(at, 0));
    if (at < 1 || stampAt < 0 || !this.isSignature(signed, text.slice(at + 1))) return { problem: 'bad-signature' };
    const seconds = fromBase62(signed.slice(stampAt + 1));
    if (seconds === undefined) return { problem: 'unreadable' };
    try {
      return {
        data: readSessionJson(decodePayload(signed.slice(0, stampAt), this.#options.maxBytes)),
        signedAtMs: seconds * 1000,
      };
    } catch {
      return { problem: 'unreadable' };
    }
  }

  /**
   * Reads text from a store of our own. Throws CodecError for what can't be read: that is never an empty
   * session.
   */
  unsignStored(text: string): { readonly data: SessionData; readonly signedAtMs: number } {
    const unsigned = this.unsign(text);
    if ('data' in unsigned) return unsigned;
    const got = unsigned.problem === 'bad-signature' ? 'one that was signed with another key' : 'a damaged one';
    throw new CodecError(
      `Session: expected a text signed with SECRET_KEY, got ${got}. Add its key to SECRET_KEY_FALLBACKS, or delete it.`,
    );
  }

  private isSignature(signed: string, given: string): boolean {
    const candidate = Buffer.from(given, 'utf8');
    return this.#hmacKeys.some((key) => {
      const expected = Buffer.from(signature(key, signed), 'utf8');
      return candidate.length === expected.length && timingSafeEqual(candidate, expected);
    });
  }
}

function signature(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64url');
}

/** Compresses where that saves more than the dot that marks it. */
function encodePayload(json: Buffer): string {
  const compressed = deflateSync(json);
  return compressed.length < json.length - 1 ? `.${compressed.toString('base64url')}` : json.toString('base64url');
}

function decodePayload(payload: string, maxBytes: number): Buffer {
  if (!payload.startsWith('.')) return Buffer.from(payload, 'base64url');
  return inflateSync(Buffer.from(payload.slice(1), 'base64url'), { maxOutputLength: maxBytes });
}

/** Writes a whole number as Django writes timestamps. */
export function toBase62(number: number): string {
  if (number < 0) return `-${toBase62(-number)}`;
  const high = Math.floor(number / BASE);
  return (high > 0 ? toBase62(high) : '') + BASE62[number % BASE]!;
}

/** Reads such a number; gives undefined for any other text. */
export function fromBase62(text: string): number | undefined {
  if (!BASE62_TEXT.test(text)) return undefined;
  const isNegative = text.startsWith('-');
  let number = 0;
  for (const symbol of isNegative ? text.slice(1) : text) number = number * BASE + BASE62.indexOf(symbol);
  return isNegative ? -number : number;
}
