import { describe, expect, it } from '@jest/globals';

import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { checkPassword } from './check-password.js';
import { PASSWORD_COSTS, type PasswordAlgorithm } from './hashers/password-costs.js';
import { makePassword } from './make-password.js';
import { mustUpgradePassword } from './must-upgrade-password.js';
import { isPasswordUsable } from './unusable-password.js';
import type { PasswordOptions } from './password-options.js';

const PASSWORD = 'lètmein 🔑';
const ALGORITHMS = Object.keys(PASSWORD_COSTS) as PasswordAlgorithm[];
const SPARING: PasswordOptions = { iterations: 1 };
const HASHES = {
  argon2: 'argon2$argon2id$v=19$m=64,t=1,p=8$dGZGRk5rTnlpcTN2d2FUaU9IUWljeA$sfknlhXGVIvnnyrC/qWJRaNdbESBWrfnhGeoHrn3s3E',
  bcrypt: 'bcrypt$$2b$04$LkevBnP8x..lOJmCb2ZKeekdOb7TsKAAdQDTKxmToPiaxVRwWOCZ.',
};

describe('makePassword', () => {
  it.each(ALGORITHMS)(
    'makes what checkPassword takes, in the column of Django, and leaves the event loop free: %s',
    async (preferred) => {
      const turns = { made: 0 };
      const timer = setInterval(() => (turns.made += 1), 1);
      const encoded = await makePassword(PASSWORD, { preferred });
      clearInterval(timer);
      expect(turns.made).toBeGreaterThan(1);
      expect(encoded.split('$')[0]).toBe(preferred);
      expect(encoded.length).toBeLessThanOrEqual(128);
      expect(await checkPassword(PASSWORD, encoded)).toBe(true);
      expect(mustUpgradePassword(encoded, { preferred })).toBe(false);
    },
  );

  it('makes pbkdf2_sha256 with a million iterations and a salt of 128 bits, as Django 5.2, another each time', async () => {
    expect(await makePassword('x')).toMatch(/^pbkdf2_sha256\$1000000\$[a-zA-Z0-9]{22}\$[A-Za-z0-9+/]{43}=$/);
    const made = await Promise.all(Array.from({ length: 100 }, () => makePassword('x', SPARING)));
    expect(new Set(made).size).toBe(100);
  });

  it('makes an unusable password of null, another each time', async () => {
    const [one, other] = [await makePassword(null), await makePassword(null)];
    expect(one).toMatch(/^![a-zA-Z0-9]{40}$/);
    expect(one).not.toBe(other);
    expect([isPasswordUsable(one), isPasswordUsable(null), isPasswordUsable(HASHES.argon2)]).toEqual([false, false, true]);
    for (const raw of ['', one, one.slice(1)]) expect(await checkPassword(raw, one, SPARING)).toBe(false);
    expect(mustUpgradePassword(one)).toBe(false);
  });

  it.each([undefined, 7, {}, Buffer.from('x'), '\udc00', 'é'.repeat(524_289)])('refuses what is no password', async (raw) => {
    const error = await makePassword(raw as string, SPARING).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect((error as Error).message.length).toBeLessThan(200);
  });

  it.each(['x'.repeat(73), 'é'.repeat(37), 'a\u0000b'])('refuses with bcrypt what bcrypt would cut', async (raw) => {
    await expect(makePassword(raw, { preferred: 'bcrypt', rounds: 4 })).rejects.toThrow(/bcrypt_sha256/);
    const encoded = await makePassword(raw, { preferred: 'bcrypt_sha256', rounds: 4 });
    expect(await checkPassword(raw, encoded, SPARING)).toBe(true);
  });
});

describe('options of passwords', () => {
  it.each([
    { preferred: 'md5' },
    { preferred: 'constructor' },
    { preferred: null },
    { iterations: 0 },
    { iterations: 10_000_001 },
    { iterations: 1.5 },
    { iterations: '1000' },
    { iterations: NaN },
    { rounds: 12 },
    { iteration: 1000 },
    { preferred: 'bcrypt', rounds: 19 },
    { preferred: 'bcrypt', iterations: 1000 },
    { preferred: 'argon2', memoryCost: 63 },
    { preferred: 'argon2', memoryCost: 2 ** 20, timeCost: 17 },
    { preferred: 'scrypt', workFactor: 1000 },
    { preferred: 'scrypt', workFactor: 2 ** 21 },
    { preferred: 'scrypt', workFactor: 2 ** 16, blockSize: 1 },
    null,
    'argon2',
  ])('are refused by each function where they can not be used: %j', async (given) => {
    const options = given as PasswordOptions;
    await expect(makePassword('x', options)).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(checkPassword('x', HASHES.argon2, options)).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(() => mustUpgradePassword(HASHES.argon2, options)).toThrow(InvalidArgumentError);
  });

  it.each(ALGORITHMS)('Django 5.2 is far below what is computed here: %s', (algorithm) => {
    for (const { default: usual, max } of Object.values(PASSWORD_COSTS[algorithm])) {
      expect(max).toBeGreaterThanOrEqual(usual * (algorithm.startsWith('bcrypt') ? 1.5 : 10));
    }
  });
});

describe('the packages of argon2 and bcrypt', () => {
  it('may be given as modules, as import gives them', async () => {
    const calls: string[] = [];
    const hashRaw = async (password: Uint8Array) => {
      calls.push(Buffer.from(password).toString());
      return Buffer.alloc(32, 7);
    };
    for (const argon2 of [{ hashRaw }, { default: { hashRaw } }]) {
      const options: PasswordOptions = { preferred: 'argon2', packages: { argon2 } };
      expect(await checkPassword('pw', await makePassword('pw', options), options)).toBe(true);
    }
    expect(calls).toEqual(['pw', 'pw', 'pw', 'pw']);
  });

  it.each(['argon2', 'bcrypt'] as const)('are refused when they are something else (%s)', async (preferred) => {
    const options: PasswordOptions = { preferred, packages: { [preferred]: { verify() {} } } };
    await expect(makePassword('x', options)).rejects.toBeInstanceOf(ImproperlyConfiguredError);
    await expect(checkPassword('x', HASHES[preferred], options)).rejects.toThrow(`options.packages.${preferred}`);
  });
});
