import type { PasswordAlgorithm } from './password-costs.js';

/** One of Django's hashers, with its costs. */
export interface PasswordHasher {
  readonly algorithm: PasswordAlgorithm;
  /**
   * Reads a stored hash that begins with the algorithm. Returns undefined when no hasher of Django's wrote
   * it, or when it costs more than is computed here.
   */
  read(encoded: string): StoredPassword | undefined;
  /**
   * Hashes with a new salt. Rejects with an InvalidArgumentError for a password that the algorithm can't keep
   * whole.
   */
  encode(password: Buffer): Promise<string>;
}

/** A hash that was read, beside the hasher that read it. */
export interface StoredPassword {
  /** Resolves to whether it is this password's, in constant time. Rejects when a package is missing. */
  verify(password: Buffer): Promise<boolean>;
  /** Whether the hasher would write it otherwise today: other costs, or too little salt. */
  readonly mustUpgrade: boolean;
  /**
   * Does the work that `verify` saved, because the hash is cheaper than the hasher's: so a wrong password
   * takes the same time for each user.
   */
  hardenRuntime(password: Buffer): Promise<void>;
}
