import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

import { fromBase64, isShortSalt, randomText, sameBytes, toBase64, wholeNumber } from './encoding.js';
import { expectedCosts, type Costs } from './password-costs.js';
import type { PasswordHasher } from './password-hasher.js';

const derive = promisify(pbkdf2);

const DIGESTS = {
  pbkdf2_sha256: { name: 'sha256', bytes: 32 },
  pbkdf2_sha1: { name: 'sha1', bytes: 20 },
} as const;

/** Django's PBKDF2PasswordHasher and PBKDF2SHA1PasswordHasher: `pbkdf2_sha256$iterations$salt$hash`. */
export function createPbkdf2Hasher(algorithm: keyof typeof DIGESTS, { iterations: wanted = 0 }: Costs): PasswordHasher {
  const digest = DIGESTS[algorithm];
  const run = (password: Buffer, salt: string, iterations: number): Promise<Buffer> =>
    derive(password, salt, iterations, digest.bytes, digest.name);
  return {
    algorithm,
    read(encoded) {
      const [, count, salt, text, ...rest] = encoded.split('$');
      if (count === undefined || !salt || text === undefined || rest.length > 0) return undefined;
      const [iterations, hash] = [wholeNumber(count), fromBase64(text)];
      if (iterations === undefined || expectedCosts(algorithm, { iterations }) !== undefined || hash?.length !== digest.bytes)
        return undefined;
      return {
        verify: async (password) => sameBytes(hash, await run(password, salt, iterations)),
        mustUpgrade: iterations !== wanted || isShortSalt(Array.from(salt).length),
        async hardenRuntime(password) {
          if (iterations < wanted) await run(password, salt, wanted - iterations);
        },
      };
    },
    async encode(password) {
      const salt = randomText();
      return `${algorithm}$${wanted}$${salt}$${toBase64(await run(password, salt, wanted))}`;
    },
  };
}
