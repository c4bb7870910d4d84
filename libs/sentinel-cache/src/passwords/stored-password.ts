import { createHasher, isPasswordAlgorithm } from './hashers/create-hasher.js';
import type { PasswordHasher, StoredPassword } from './hashers/password-hasher.js';
import type { ResolvedPasswordOptions } from './password-options.js';

/** Django's column has 128; a hasher with a salt of its own may need more. */
const MOST_CHARACTERS = 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A hash that can be checked. */
export interface ReadHash extends StoredPassword {
  /** Whether its algorithm is the preferred one. */
  readonly isPreferred: boolean;
}

/** Returns the hasher of new passwords. */
export function preferredHasher({ preferred, costs, packages }: ResolvedPasswordOptions): PasswordHasher {
  return createHasher(preferred, costs, packages);
}

/** Reads a hash by the algorithm that it names. Undefined for one that no password can be checked against. */
export function readStored(encoded: string, options: ResolvedPasswordOptions): ReadHash | undefined {
  if (encoded.length > MOST_CHARACTERS || LONE_SURROGATE.test(encoded)) return undefined;
  const [algorithm = ''] = encoded.split('$', 1);
  if (!isPasswordAlgorithm(algorithm)) return undefined;
  const isPreferred = algorithm === options.preferred;
  const stored = createHasher(algorithm, isPreferred ? options.costs : {}, options.packages).read(encoded);
  return stored && { ...stored, isPreferred };
}

/** Most bytes of a password; a form that takes more is a way to keep a server busy. */
const MOST_PASSWORD_BYTES = 1024 * 1024;

/** Returns why a password can't be hashed, as `expected ..., got ...`; undefined where it can. */
export function passwordProblem(raw: string): string | undefined {
  const bytes = Buffer.byteLength(raw);
  if (bytes > MOST_PASSWORD_BYTES) return `expected at most ${MOST_PASSWORD_BYTES} bytes of UTF-8, got ${bytes}`;
  // As U+FFFD they would all be one password; Python can't encode them.
  return LONE_SURROGATE.test(raw) ? 'expected text without lone surrogates, got some' : undefined;
}
