/** The algorithms of Django's hashers, by the name that stands first in a hash. */
export type PasswordAlgorithm = 'pbkdf2_sha256' | 'pbkdf2_sha1' | 'scrypt' | 'argon2' | 'bcrypt' | 'bcrypt_sha256';

/** What makes a hash expensive, named as the attributes of Django's hashers are. */
export type CostName = 'iterations' | 'rounds' | 'timeCost' | 'memoryCost' | 'parallelism' | 'workFactor' | 'blockSize';

/** The costs of one hash. */
export type Costs = Readonly<Partial<Record<CostName, number>>>;

/** Django 5.2's default of a cost, and what is computed here. */
export interface CostRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

const PBKDF2 = { iterations: { default: 1_000_000, min: 1, max: 10_000_000 } };
const BCRYPT = { rounds: { default: 12, min: 4, max: 18 } };

/**
 * What each algorithm may cost. The upper bounds are far above any setting in use, at ten times Django's
 * defaults or more; above them one login could keep a thread for minutes, or take all memory.
 */
export const PASSWORD_COSTS: Readonly<Record<PasswordAlgorithm, Readonly<Partial<Record<CostName, CostRange>>>>> = {
  pbkdf2_sha256: PBKDF2,
  pbkdf2_sha1: PBKDF2,
  scrypt: {
    workFactor: { default: 2 ** 14, min: 2, max: 2 ** 23 },
    blockSize: { default: 8, min: 1, max: 255 },
    parallelism: { default: 5, min: 1, max: 255 },
  },
  argon2: {
    timeCost: { default: 2, min: 1, max: 255 },
    memoryCost: { default: 102_400, min: 8, max: 2 ** 20 },
    parallelism: { default: 8, min: 1, max: 255 },
  },
  bcrypt: BCRYPT,
  bcrypt_sha256: BCRYPT,
};

/** `N * r` of scrypt that take 1 GiB. */
const SCRYPT_MOST_BLOCKS = 2 ** 23;
/** `N * r * p` of scrypt: 51 times Django's. */
const SCRYPT_MOST_WORK = 2 ** 25;
/** KiB times passes of argon2: 82 times Django's. */
const ARGON2_MOST_WORK = 2 ** 24;

/** Returns what is expected of costs that are out of bounds; undefined for those within. */
export function expectedCosts(algorithm: PasswordAlgorithm, costs: Costs): string | undefined {
  for (const [name, { min, max }] of Object.entries(PASSWORD_COSTS[algorithm])) {
    const cost = costs[name as CostName];
    if (cost === undefined || cost < min || cost > max) return `${name} from ${min} to ${max}`;
  }
  if (algorithm === 'scrypt') return expectedScryptCosts(costs);
  return algorithm === 'argon2' ? expectedArgon2Costs(costs) : undefined;
}

function expectedScryptCosts({ workFactor: n = 0, blockSize: r = 0, parallelism: p = 0 }: Costs): string | undefined {
  if (!Number.isInteger(Math.log2(n))) return 'a workFactor that is a power of two';
  // A rule of scrypt itself.
  if (n >= 2 ** (16 * r)) return 'a workFactor below 2 ** (16 * blockSize)';
  if (n * r > SCRYPT_MOST_BLOCKS) return `workFactor * blockSize up to ${SCRYPT_MOST_BLOCKS} (1 GiB)`;
  return n * r * p > SCRYPT_MOST_WORK ? `workFactor * blockSize * parallelism up to ${SCRYPT_MOST_WORK}` : undefined;
}

function expectedArgon2Costs({ timeCost = 0, memoryCost = 0, parallelism = 0 }: Costs): string | undefined {
  // A rule of argon2 itself.
  if (memoryCost < 8 * parallelism) return 'a memoryCost of 8 KiB or more for each lane (parallelism)';
  return timeCost * memoryCost > ARGON2_MOST_WORK ? `timeCost * memoryCost up to ${ARGON2_MOST_WORK}` : undefined;
}
