import { helpFor } from './help.js';
import { printable } from './printable.js';

const BRAND = Symbol.for('nestjs-sentinel-cache.error');

/** What an error may carry besides its message. */
export interface SentinelCacheErrorOptions {
  /** The CACHES alias the call went to. */
  readonly alias?: string | undefined;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/**
 * Base of every error this package throws. `code` is stable; messages are prose and may change, and each is
 * one line, whatever stands in the words of a server or a key.
 *
 * `instanceof` holds across duplicate installs, realms and minified bundles: it asks for the codes of an
 * error's classes, which are literals, and for no constructor or its name.
 */
export class SentinelCacheError extends Error {
  /** What marks a class of errors; each of ours has its own. */
  static readonly code: string = 'SENTINEL_CACHE';
  /** The code of this error's class: stable, where messages may change. */
  readonly code: string;
  /** The alias in CACHES that the call went to; undefined where there is none. */
  readonly alias: string | undefined;
  /** The address of what explains the error: `https://.../docs/troubleshooting.md#reason-no-primary`. */
  readonly help: string;

  static {
    this.prototype.name = 'SentinelCacheError';
  }

  /**
   * @param message a line, or several of them.
   * @param reason the error's `reason`, where it has one: it picks the section that `help` names.
   */
  constructor(code: string, message: string | readonly string[], options: SentinelCacheErrorOptions = {}, reason?: string) {
    super(
      [message]
        .flat()
        .map((line) => printable(line))
        .join('\n'),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.alias = options.alias;
    const codes = codesOf(new.target);
    this.help = helpFor(codes, reason);
    Object.defineProperty(this, BRAND, { value: codes, enumerable: false });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A class of the user's without a code of its own is recognised by its prototype, like any other.
    if (!Object.hasOwn(this, 'code')) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== 'object' || value === null) return false;
    const codes = (value as Record<symbol, unknown>)[BRAND];
    return Array.isArray(codes) && codes.includes(this.code);
  }
}

/** The codes of a class and of those it extends. */
function codesOf(type: Function): readonly string[] {
  const codes: string[] = [];
  for (let at: Function | null = type; at && at !== Error; at = Object.getPrototypeOf(at) as Function | null)
    if (Object.hasOwn(at, 'code')) codes.push((at as typeof SentinelCacheError).code);
  return codes;
}
