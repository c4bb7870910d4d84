import { describe, expect, it } from '@jest/globals';

import type { PasswordAlgorithm } from './hashers/password-costs.js';
import { mustUpgradePassword } from './must-upgrade-password.js';

/** Made by Django with the costs of Django 5.2. */
const FULL: Readonly<Record<PasswordAlgorithm, string>> = {
  pbkdf2_sha256: 'pbkdf2_sha256$1000000$agy6c7agM3sDfGIAPZ7vKh$A0y4yeBVVi+sQbQ17+C2C4Hxf5nxKzjYzPbjKWYXRPA=',
  pbkdf2_sha1: 'pbkdf2_sha1$1000000$XgvgVMwEGJ2HExxGMVU4gJ$1nJ+N0U9lz+WGTpo3ucBE1kXOVE=',
  scrypt:
    'scrypt$16384$GLYo9L5rwbIHvhnt43hbmc$8$5$dPxCPfFCr0OkzwrU2e8iYuCnp93vLiT/7N8laCCp61SjpCWebGOADqT2opV3tum7stN0IgqhbNfxYQbRTWXk4w==',
  argon2: 'argon2$argon2id$v=19$m=102400,t=2,p=8$VER3Rmh6SklzdUNYOVhzZjN1VVBwdg$+0a5wv23W2sQ9MZMsvlq+tOtU0IKMHTGELYrU6m0QiY',
  bcrypt: 'bcrypt$$2b$12$0Xqc/Tig4yVh4PEywwu9HOSs/LWISEb3hYjhskjfvQ0FVj6hoIOnC',
  bcrypt_sha256: 'bcrypt_sha256$$2b$12$t4DlmkHFG0Ov5incwWAaOuAhdmkk6fOGcnFyvVNtcOn/OyjHywO8u',
};

const ALGORITHMS = Object.keys(FULL) as PasswordAlgorithm[];

describe('mustUpgradePassword', () => {
  it.each(ALGORITHMS)('is true for another algorithm than the preferred one, which is pbkdf2_sha256 (%s)', (algorithm) => {
    expect(mustUpgradePassword(FULL[algorithm])).toBe(algorithm !== 'pbkdf2_sha256');
    for (const preferred of ALGORITHMS) expect(mustUpgradePassword(FULL[algorithm], { preferred })).toBe(algorithm !== preferred);
  });

  it('is true for other costs, higher ones too, and for a salt below 128 bits', () => {
    expect(mustUpgradePassword(FULL.pbkdf2_sha256, { iterations: 1_000_001 })).toBe(true);
    expect(mustUpgradePassword(FULL.pbkdf2_sha256, { iterations: 999_999 })).toBe(true);
    expect(mustUpgradePassword(FULL.bcrypt, { preferred: 'bcrypt', rounds: 13 })).toBe(true);
    expect(mustUpgradePassword(FULL.argon2, { preferred: 'argon2', parallelism: 4 })).toBe(true);
    expect(mustUpgradePassword(FULL.scrypt, { preferred: 'scrypt', parallelism: 1 })).toBe(true);
    const short = [
      'pbkdf2_sha256$1000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=',
      FULL.scrypt.replace('GLYo9L5rwbIHvhnt43hbmc', 'seasalt'),
    ];
    expect(short.map((encoded) => mustUpgradePassword(encoded, { preferred: encoded.split('$')[0] as 'scrypt' }))).toEqual([
      true,
      false,
    ]);
  });

  it('is false for no hash', () => {
    expect([null, undefined, '', '!'].map((encoded) => mustUpgradePassword(encoded))).toEqual([false, false, false, false]);
  });
});
