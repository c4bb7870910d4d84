import { fromBase64, isShortSalt, randomText, sameBytes, toBase64, wholeNumber } from './encoding.js';
import { expectedCosts, type Costs } from './password-costs.js';
import type { PasswordHasher } from './password-hasher.js';
import { argon2Library, type PasswordPackages } from './password-packages.js';

const VARIETIES = ['argon2d', 'argon2i', 'argon2id'];
/** Of hashes without a version, which came before there was one, and today's. */
const [OLD_VERSION, VERSION] = [16, 19];
const BYTES = 32;
const MOST_BYTES = 128;
const LEAST_SALT_BYTES = 8;
const SHAPE = /^argon2\$(argon2(?:d|i|id))\$(?:v=(16|19)\$)?m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/;

interface Argon2Hash {
  readonly variety: string;
  readonly version: number;
  readonly costs: Costs;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/**
 * Django's Argon2PasswordHasher: `argon2$argon2id$v=19$m=102400,t=2,p=8$salt$hash`. Needs @node-rs/argon2 for
 * everything but `read`.
 */
export function createArgon2Hasher(wanted: Costs, packages: PasswordPackages): PasswordHasher {
  return {
    algorithm: 'argon2',
    read(encoded) {
      const stored = parse(encoded);
      if (!stored) return undefined;
      const { variety, version, costs, salt, hash } = stored;
      return {
        verify: async (password) => sameBytes(hash, await run(packages, password, stored, hash.length)),
        mustUpgrade:
          variety !== VARIETIES.at(-1) ||
          version !== VERSION ||
          hash.length !== BYTES ||
          costs.timeCost !== wanted.timeCost ||
          costs.memoryCost !== wanted.memoryCost ||
          costs.parallelism !== wanted.parallelism ||
          isShortSalt(salt.length),
        hardenRuntime: async () => {}, // As in Django: there is no cheaper part of the work that could be done.
      };
    },
    async encode(password) {
      const salt = Buffer.from(randomText());
      const made = { variety: 'argon2id', version: VERSION, costs: wanted, salt };
      const hash = await run(packages, password, made, BYTES);
      const { memoryCost, timeCost, parallelism } = wanted;
      const parts = ['argon2id', `v=${VERSION}`, `m=${memoryCost},t=${timeCost},p=${parallelism}`];
      return ['argon2', ...parts, toBase64(salt, 'bare'), toBase64(hash, 'bare')].join('$');
    },
  };
}

function parse(encoded: string): Argon2Hash | undefined {
  const [, variety, version, m, t, p, saltText, hashText] = SHAPE.exec(encoded) ?? [];
  if (variety === undefined) return undefined;
  const [memoryCost, timeCost, parallelism] = [m!, t!, p!].map((text) => wholeNumber(text) ?? 0);
  const costs = { memoryCost, timeCost, parallelism } as Costs;
  const [salt, hash] = [saltText!, hashText!].map((text) => fromBase64(text, 'bare'));
  if (!salt || !hash || expectedCosts('argon2', costs) !== undefined) return undefined;
  if (salt.length < LEAST_SALT_BYTES || hash.length < 4 || hash.length > MOST_BYTES) return undefined;
  return { variety, version: version === undefined ? OLD_VERSION : Number(version), costs, salt, hash };
}

function run(
  packages: PasswordPackages,
  password: Buffer,
  { variety, version, costs, salt }: Omit<Argon2Hash, 'hash'>,
  outputLen: number,
): Promise<Uint8Array> {
  const { timeCost = 0, memoryCost = 0, parallelism = 0 } = costs;
  const kind = { algorithm: VARIETIES.indexOf(variety), version: version === VERSION ? 1 : 0 };
  return argon2Library(packages).hashRaw(password, { ...kind, timeCost, memoryCost, parallelism, outputLen, salt });
}
