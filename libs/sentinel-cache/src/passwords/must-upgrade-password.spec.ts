import { describe, expect, it } from '@jest/globals';

import type { PasswordAlgorithm } from './hashers/password-costs.js';
import { mustUpgradePassword } from './must-upgrade-password.js';
import { FULL_COST_HASHES } from '../../../../test/support/full-cost-hashes.js';

const ALGORITHMS = Object.keys(FULL_COST_HASHES) as PasswordAlgorithm[];

describe('mustUpgradePassword', () => {
  it.each(ALGORITHMS)('is true for another algorithm than the preferred one, which is pbkdf2_sha256 (%s)', (algorithm) => {
    expect(mustUpgradePassword(FULL_COST_HASHES[algorithm])).toBe(algorithm !== 'pbkdf2_sha256');
    for (const preferred of ALGORITHMS)
      expect(mustUpgradePassword(FULL_COST_HASHES[algorithm], { preferred })).toBe(algorithm !== preferred);
  });

  it('is true for other costs, higher ones too, and for a salt below 128 bits', () => {
    expect(mustUpgradePassword(FULL_COST_HASHES.pbkdf2_sha256, { iterations: 1_000_001 })).toBe(true);
    expect(mustUpgradePassword(FULL_COST_HASHES.pbkdf2_sha256, { iterations: 999_999 })).toBe(true);
    expect(mustUpgradePassword(FULL_COST_HASHES.bcrypt, { preferred: 'bcrypt', rounds: 13 })).toBe(true);
    expect(mustUpgradePassword(FULL_COST_HASHES.argon2, { preferred: 'argon2', parallelism: 4 })).toBe(true);
    expect(mustUpgradePassword(FULL_COST_HASHES.scrypt, { preferred: 'scrypt', parallelism: 1 })).toBe(true);
    const short = [
      'pbkdf2_sha256$1000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=',
      FULL_COST_HASHES.scrypt.replace('GLYo9L5rwbIHvhnt43hbmc', 'seasalt'),
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
