import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { printableKey, quoted } from '../errors/printable.js';
import { PASSWORD_COSTS, expectedCosts, type CostName, type Costs, type PasswordAlgorithm } from './hashers/password-costs.js';
import type { PasswordPackages } from './hashers/password-packages.js';

/**
 * How new passwords are hashed: the first of Django's PASSWORD_HASHERS. What is left out is Django 5.2's
 * default. Give both sides the same, or each login rewrites the hash that the other side wrote.
 */
export interface PasswordOptions {
  /** The algorithm of new hashes; 'pbkdf2_sha256' unless given. Hashes of the others are still checked. */
  readonly preferred?: PasswordAlgorithm;
  /** Rounds of pbkdf2_sha256 and pbkdf2_sha1: 1 to 10 000 000; 1 000 000 unless given. */
  readonly iterations?: number;
  /** Of bcrypt and bcrypt_sha256: each step doubles the work. 4 to 18; 12 unless given. */
  readonly rounds?: number;
  /** Passes of argon2 over its memory: 1 to 255; 2 unless given. */
  readonly timeCost?: number;
  /** Memory of argon2 in KiB: at least 8 for each lane, at most 1 048 576 (1 GiB); 102 400 unless given. */
  readonly memoryCost?: number;
  /** Lanes of argon2 (1 to 255; 8 unless given), or of scrypt (1 to 255; 5 unless given). */
  readonly parallelism?: number;
  /**
   * `N` of scrypt: a power of two up to 8 388 608; 16 384 unless given. `128 * N * r` bytes are at most 1
   * GiB.
   */
  readonly workFactor?: number;
  /** `r` of scrypt: 1 to 255; 8 unless given. */
  readonly blockSize?: number;
  /** The modules of optional packages, for programs in which they can't be found by name (a bundle, say). */
  readonly packages?: PasswordPackages;
}

/** Options that were read: everything is there. */
export interface ResolvedPasswordOptions {
  readonly preferred: PasswordAlgorithm;
  /** Of the preferred algorithm. */
  readonly costs: Costs;
  readonly packages: PasswordPackages;
}

const DEFAULT_ALGORITHM: PasswordAlgorithm = 'pbkdf2_sha256';

/** Reads the options of a call; `call` is its name. Throws an InvalidArgumentError. */
export function readPasswordOptions(call: string, options: PasswordOptions): ResolvedPasswordOptions {
  if (typeof options !== 'object' || options === null)
    throw refused(call, `options: expected an object, got ${shown(options)}. Leave them out.`);
  const { preferred = DEFAULT_ALGORITHM, packages = {}, ...given } = options;
  if (!Object.hasOwn(PASSWORD_COSTS, preferred)) {
    const known = quoted(Object.keys(PASSWORD_COSTS));
    throw refused(call, `options.preferred: expected one of ${known}, got ${shown(preferred)}. Name one of them.`);
  }
  const costs = readCosts(call, preferred, given);
  const expected = expectedCosts(preferred, costs);
  if (expected !== undefined)
    throw refused(call, `options: expected ${expected}, got ${shown(costs)}. Leave them out for Django's defaults.`);
  return { preferred, costs, packages };
}

function readCosts(call: string, algorithm: PasswordAlgorithm, given: Readonly<Record<string, unknown>>): Costs {
  const table = PASSWORD_COSTS[algorithm];
  const costs: Record<string, number> = {};
  for (const [name, range] of Object.entries(table)) costs[name] = range.default;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const range = table[name as CostName];
    if (!range) {
      const known = quoted(Object.keys(table));
      const remedy = 'Take it out, or name the algorithm in preferred.';
      throw refused(
        call,
        `options.${printableKey(name)}: expected a cost of '${algorithm}' (${known}), got another name. ${remedy}`,
      );
    }
    if (!Number.isInteger(value) || (value as number) < range.min || (value as number) > range.max) {
      throw refused(
        call,
        `options.${name}: expected a whole number from ${range.min} to ${range.max}, got ${shown(value)}. Django's default is ${range.default}.`,
      );
    }
    costs[name] = value as number;
  }
  return costs;
}

function shown(value: unknown): string {
  return typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function'
    ? String(typeof value)
    : String(JSON.stringify(value));
}

function refused(call: string, sentence: string): InvalidArgumentError {
  return new InvalidArgumentError(`${call}, ${sentence}`);
}
