import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

import { CodecError } from '../../errors/codec.error.js';
import type { Clock } from '../../time/clock.js';
import type { SessionData } from '../port/session-engine.js';
import { readSessionJson, writeSessionJson } from './session-json.js';

/** The salts of Django's engines: rows and files have the first, cookies the second. */
export const STORED_SALT = 'django.contrib.sessions.SessionStore';
export const COOKIE_SALT = 'django.contrib.sessions.backends.signed_cookies';

/** Digits of timestamps, in Django's order. */
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BASE62.length;
const BASE62_TEXT = /^-?[0-9A-Za-z]{1,11}$/;

/** Signed text taken apart: the fields and when they were signed, or why there are none. */
export type Unsigned =
  { readonly data: SessionData; readonly signedAtMs: number } | { readonly problem: 'bad-signature' | 'unreadable' };

/** What a signer is made of. */
export interface SessionSignerOptions {
  /** The first one signs, all of them are good for reading (SECRET_KEY_FALLBACKS). */
  readonly secretKeys: readonly string[];
  readonly salt: string;
  /** More than this does not come out of a compressed text: a small one can hold gigabytes. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** Django's `signing.dumps` and `signing.loads` for the fields of a session. */
export class SessionSigner {
  /** One for each secret key. Private to the language, so that no log and no answer shows them. */
  readonly #hmacKeys: readonly Buffer[];
  readonly #options: SessionSignerOptions;

  constructor(options: SessionSignerOptions) {
    this.#options = options;
    this.#hmacKeys = options.secretKeys.map((secret) => createHash('sha256').update(`${options.salt}signer${secret}`).digest());
  }

  /** The signed text. Throws a CodecError for what JSON can't hold, and for more than could be read again. */
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

  /** The fields of a signed text: by whomever of the secret keys it was signed. Never throws for what it is given. */
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

  /** As `unsign`, for text out of a store of our own: what can't be read there is a CodecError, never an empty session. */
  unsignStored(text: string): { readonly data: SessionData; readonly signedAtMs: number } {
    const unsigned = this.unsign(text);
    if ('data' in unsigned) return unsigned;
    const reason =
      unsigned.problem === 'bad-signature' ? 'its signature is of none of SECRET_KEY and SECRET_KEY_FALLBACKS' : 'it is damaged';
    throw new CodecError(`Session: the stored text can't be read: ${reason}.`);
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

/** Compressed where that saves more than the point that says so. */
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
