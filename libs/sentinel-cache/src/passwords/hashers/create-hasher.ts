import { createArgon2Hasher } from './argon2.hasher.js';
import { createBcryptHasher } from './bcrypt.hasher.js';
import type { Costs, PasswordAlgorithm } from './password-costs.js';
import type { PasswordHasher } from './password-hasher.js';
import type { PasswordPackages } from './password-packages.js';
import { createPbkdf2Hasher } from './pbkdf2.hasher.js';
import { createScryptHasher } from './scrypt.hasher.js';

type Factory = (costs: Costs, packages: PasswordPackages) => PasswordHasher;

const FACTORIES: Readonly<Record<PasswordAlgorithm, Factory>> = {
  pbkdf2_sha256: (costs) => createPbkdf2Hasher('pbkdf2_sha256', costs),
  pbkdf2_sha1: (costs) => createPbkdf2Hasher('pbkdf2_sha1', costs),
  scrypt: (costs) => createScryptHasher(costs),
  argon2: createArgon2Hasher,
  bcrypt: (costs, packages) => createBcryptHasher('bcrypt', costs, packages),
  bcrypt_sha256: (costs, packages) => createBcryptHasher('bcrypt_sha256', costs, packages),
};

/** Returns the hasher of an algorithm. */
export function createHasher(algorithm: PasswordAlgorithm, costs: Costs, packages: PasswordPackages): PasswordHasher {
  return FACTORIES[algorithm](costs, packages);
}

/** Tells whether there is a hasher of that name. */
export function isPasswordAlgorithm(name: string): name is PasswordAlgorithm {
  return Object.hasOwn(FACTORIES, name);
}
