import { createHash } from 'node:crypto';

import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { sameBytes } from './encoding.js';
import { expectedCosts, type Costs } from './password-costs.js';
import type { PasswordHasher } from './password-hasher.js';
import { bcryptLibrary, type PasswordPackages } from './password-packages.js';

/** bcrypt reads no further. */
const MOST_BYTES = 72;
const SHAPE = /^bcrypt(?:_sha256)?\$\$2([aby])\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;

/**
 * Django's BCryptPasswordHasher and BCryptSHA256PasswordHasher: `bcrypt$$2b$12$salt and hash`. Needs bcrypt
 * for everything but `read`.
 */
export function createBcryptHasher(
  algorithm: 'bcrypt' | 'bcrypt_sha256',
  { rounds: wanted = 0 }: Costs,
  packages: PasswordPackages,
): PasswordHasher {
  const prepared = algorithm === 'bcrypt' ? truncate : sha256Hex;
  return {
    algorithm,
    read(encoded) {
      const [, , cost, salt, hash] = SHAPE.exec(encoded) ?? [];
      const rounds = Number(cost);
      if (cost === undefined || expectedCosts(algorithm, { rounds }) !== undefined) return undefined;
      const run = async (password: Buffer, at: number): Promise<string> => {
        const library = bcryptLibrary(packages);
        // Of 72 bytes 2a, 2b and 2y make the same.
        return (await library.hash(prepared(password), `$2b$${String(at).padStart(2, '0')}$${salt}`)).slice('$2b$00$'.length);
      };
      return {
        verify: async (password) => sameBytes(Buffer.from(`${salt}${hash}`), Buffer.from(await run(password, rounds))),
        mustUpgrade: rounds !== wanted,
        async hardenRuntime(password) {
          // Each step is as much work as all before it and the check itself.
          for (let at = rounds; at < wanted; at++) await run(password, at);
        },
      };
    },
    async encode(password) {
      if (algorithm === 'bcrypt') refuseTruncation(password);
      const library = bcryptLibrary(packages);
      return `${algorithm}$${await library.hash(prepared(password), await library.genSalt(wanted))}`;
    },
  };
}

function truncate(password: Buffer): Buffer {
  return password.subarray(0, MOST_BYTES);
}

function sha256Hex(password: Buffer): Buffer {
  return Buffer.from(createHash('sha256').update(password).digest('hex'));
}

function refuseTruncation(password: Buffer): void {
  if (password.length <= MOST_BYTES && !password.includes(0)) return;
  throw new InvalidArgumentError(
    `makePassword, raw: expected at most ${MOST_BYTES} bytes without a NUL, which bcrypt keeps whole, got ${password.includes(0) ? 'a NUL' : password.length}. Write preferred: 'bcrypt_sha256', or ask for another password.`,
  );
}
