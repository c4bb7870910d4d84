import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const BYTES = 32;
const MOST_ITERATIONS = 10_000_000;

/**
 * Whether a password is the one behind `pbkdf2_sha256$iterations$salt$hash`, the form in which Django keeps
 * passwords. False for any other form, such as Django's `!...` of a user without a password. Works in a
 * thread of its own, and compares in constant time.
 */
export async function isPasswordOf(passwordHash: string, password: string): Promise<boolean> {
  const [algorithm, iterations, salt, hash, ...rest] = passwordHash.split('$');
  if (algorithm !== 'pbkdf2_sha256' || !salt || !hash || rest.length > 0) return false;
  const rounds = Number(iterations);
  if (!/^[1-9]\d*$/.test(iterations ?? '') || rounds > MOST_ITERATIONS) return false;
  const expected = Buffer.from(hash, 'base64');
  const given = await derive(password, salt, rounds, BYTES, 'sha256');
  return expected.length === given.length && timingSafeEqual(expected, given);
}
