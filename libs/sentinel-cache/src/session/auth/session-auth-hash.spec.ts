import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { equalInConstantTime, matchSessionAuthHash, sessionAuthHash } from './session-auth-hash.js';

interface Vector {
  readonly password: string;
  readonly secret: string;
  readonly hash: string;
}
const vectors = JSON.parse(readFileSync('test/fixtures/wire-vectors.json', 'utf8')) as { auth_session_hash: Vector };
const { password, secret, hash } = vectors.auth_session_hash;

describe('the session auth hash', () => {
  it("S-11: is Django's for the published vector", () => {
    expect(sessionAuthHash(password, secret)).toBe(hash);
    expect(hash).toBe('9d34c7f92a05ec98d5770028c3e541da20c00f4bca95b03631cdca19c184ff5f');
  });

  it('S-11: is another one for another password and for another key, text beyond ASCII included', () => {
    const hashes = [password, `${password} `, 'пароль', ''].flatMap((text) =>
      [secret, `${secret}!`, 'ключ'].map((key) => sessionAuthHash(text, key)),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes.every((one) => /^[0-9a-f]{64}$/.test(one))).toBe(true);
  });

  it('S-12: holds by SECRET_KEY, then by each fallback, else not', () => {
    const match = (keys: readonly string[], stored: unknown = hash) => matchSessionAuthHash(stored, password, keys);
    expect(match([secret])).toBe('current');
    expect(match([secret, 'old'])).toBe('current');
    expect(match(['new', secret])).toBe('fallback');
    expect(match(['new', 'newer', secret])).toBe('fallback');
    expect(match(['new', 'newer'])).toBe('none');
    expect(match([])).toBe('none');
    expect(matchSessionAuthHash(hash, `${password}x`, [secret])).toBe('none');
  });

  it.each([
    undefined,
    null,
    '',
    0,
    64n,
    [],
    {},
    Buffer.from(hash),
    hash.slice(1),
    `${hash} `,
    hash.toUpperCase(),
    `é${hash.slice(2)}`,
  ])('S-12: does not hold for %p', (stored) => {
    expect(equalInConstantTime(stored, hash)).toBe(false);
    expect(matchSessionAuthHash(stored, password, [secret])).toBe('none');
  });
});
