import { scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

import { fromBase64, randomText, sameBytes, toBase64, wholeNumber } from './encoding.js';
import { expectedCosts, type Costs } from './password-costs.js';
import type { PasswordHasher } from './password-hasher.js';

const derive = promisify<Buffer, string, number, ScryptOptions, Buffer>(scrypt);

const BYTES = 64;

/** Django's ScryptPasswordHasher: `scrypt$N$salt$r$p$hash`. */
export function createScryptHasher(wanted: Costs): PasswordHasher {
  return {
    algorithm: 'scrypt',
    read(encoded) {
      const [, n, salt, r, p, text, ...rest] = encoded.split('$');
      if (!n || !salt || !r || !p || !text || rest.length > 0) return undefined;
      const costs = { workFactor: wholeNumber(n) ?? 0, blockSize: wholeNumber(r) ?? 0, parallelism: wholeNumber(p) ?? 0 };
      const hash = fromBase64(text);
      if (expectedCosts('scrypt', costs) !== undefined || hash?.length !== BYTES) return undefined;
      return {
        verify: async (password) => sameBytes(hash, await run(password, salt, costs)),
        mustUpgrade:
          costs.workFactor !== wanted.workFactor ||
          costs.blockSize !== wanted.blockSize ||
          costs.parallelism !== wanted.parallelism,
        hardenRuntime: async () => {}, // As in Django: there is no cheaper part of the work that could be done.
      };
    },
    async encode(password) {
      const salt = randomText();
      const { workFactor, blockSize, parallelism } = wanted;
      return `scrypt$${workFactor}$${salt}$${blockSize}$${parallelism}$${toBase64(await run(password, salt, wanted))}`;
    },
  };
}

function run(
  password: Buffer,
  salt: string,
  { workFactor: N = 0, blockSize: r = 0, parallelism: p = 0 }: Costs,
): Promise<Buffer> {
  // What OpenSSL counts, or a little more; its own limit is 32 MiB.
  return derive(password, salt, BYTES, { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 });
}
