import { describe, expect, it } from '@jest/globals';

import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { checkPassword } from './check-password.js';
import type { PasswordAlgorithm } from './hashers/password-costs.js';
import { makePassword } from './make-password.js';
import { mustUpgradePassword } from './must-upgrade-password.js';
import type { PasswordOptions } from './password-options.js';
import { FULL_COST_HASHES } from '../../../../test/support/full-cost-hashes.js';

const PASSWORD = 'lètmein 🔑';

/** Made by Django with low costs. */
const QUICK: readonly (readonly [password: string, encoded: string])[] = [
  ['', 'pbkdf2_sha256$1000$eeBcFVzMw8fISEDaSGahAL$wwx8udIZQlqvZCNbaA6zYQScDguLkLBn/OKtrG5cc8s='],
  ['e\u0301 is not é', 'pbkdf2_sha256$1000$F0LId2Z0KZFGbIbyNTsjE0$PX1ixS8qJYOsy0rFO3E6ijGE93ZoZ1Cdm44XlEzg56k='],
  ['x', 'pbkdf2_sha256$1000$тридцать$MulDW+5i6jfiFiUAQVEfEZhTY2TAGiKqT4nwqLhOyoM='],
  ['x'.repeat(100), 'pbkdf2_sha1$1000$MODAs55moHYT2yzfbgo8PQ$r5onQyH5DUCEkgcI407jTRirDE4='],
  [
    '',
    'scrypt$16$qvRQWMKl45jr4cF94PIJAg$1$1$AHspN2Z7OG8DjUZ3Wn2c3SvLD7Cj2zkwpOk5s06fqdXGhPbkB+m0OsiMm9lBW61eTmMdV0UDPGbPjKgJHti87Q==',
  ],
  ['', 'argon2$argon2id$v=19$m=64,t=1,p=8$dGZGRk5rTnlpcTN2d2FUaU9IUWljeA$sfknlhXGVIvnnyrC/qWJRaNdbESBWrfnhGeoHrn3s3E'],
  [PASSWORD, 'argon2$argon2i$v=16$m=64,t=1,p=8$c2FsdHNhbHRzYWx0$c+MuNUOvQdOC9VNBTqdKRQ'],
  [PASSWORD, 'argon2$argon2i$m=64,t=1,p=8$c2FsdHNhbHRzYWx0$c+MuNUOvQdOC9VNBTqdKRQ'],
  [PASSWORD, 'argon2$argon2i$v=19$m=64,t=1,p=8$c2FsdHNhbHRzYWx0$g9Wat+DVkWE11axdVvLCBQ'],
  [PASSWORD, 'argon2$argon2d$v=16$m=64,t=1,p=8$c2FsdHNhbHRzYWx0$Fp8uzWMIV44MUrJ3V2j59A'],
  [PASSWORD, 'argon2$argon2d$v=19$m=64,t=1,p=8$c2FsdHNhbHRzYWx0$cZurn2171GirYDpGMWoOnw'],
  ['', 'bcrypt$$2b$04$LkevBnP8x..lOJmCb2ZKeekdOb7TsKAAdQDTKxmToPiaxVRwWOCZ.'],
  ['x'.repeat(100), 'bcrypt$$2b$04$5E1coGNmzYictEiYgqLuUeB6BpuiHunormEvdOEgmuQkDf5QiRv/y'],
  ['x'.repeat(100), 'bcrypt_sha256$$2b$04$cQpiMrhaRBTfT1T/8RcAVuyhcLjweU4DfedsMAXHe0WqKfZQ2q2fG'],
  ['e\u0301 is not é', 'bcrypt_sha256$$2b$04$S4jzP8JdQcPr478Txt.D8OOpmRI1Yam54Y7Rn/nglhE/.xtJuLw/G'],
];

/** Of Django's own test suite (5.2): `lètmein` with the salt `seasalt`. */
const PUBLISHED = [
  'pbkdf2_sha256$1000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=',
  'scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fbb7JEFPKGpuEf5vw==',
];

const ALGORITHMS = Object.keys(FULL_COST_HASHES) as PasswordAlgorithm[];
/** So that what can't be checked takes no time here. */
const SPARING: PasswordOptions = { iterations: 1 };

describe('checkPassword', () => {
  it.each(ALGORITHMS)('knows the password behind a hash of Django 5.2: %s', async (algorithm) => {
    expect(await checkPassword(PASSWORD, FULL_COST_HASHES[algorithm])).toBe(true);
    expect(await checkPassword(`${PASSWORD} `, FULL_COST_HASHES[algorithm], SPARING)).toBe(false);
  });

  it.each(PUBLISHED)('knows the password that Django publishes for %s', async (encoded) => {
    expect(await checkPassword('lètmein', encoded)).toBe(true);
  });

  it.each(QUICK)('takes %j for %s, and no other', async (password, encoded) => {
    const others = [`other ${password}`, password.normalize('NFC'), password.slice(1)].filter((other) => other !== password);
    const taken = others.filter((other) => !(encoded.startsWith('bcrypt$') && other.startsWith('x'.repeat(72))));
    expect(await checkPassword(password, encoded, SPARING)).toBe(true);
    for (const other of taken) expect(await checkPassword(other, encoded, SPARING)).toBe(false);
  });

  it('takes 2a and 2y of bcrypt for what they are: the same', async () => {
    const [, encoded] = QUICK.find(([, text]) => text.startsWith('bcrypt$'))!;
    for (const minor of ['2a', '2y']) expect(await checkPassword('', encoded.replace('2b', minor), SPARING)).toBe(true);
    expect(await checkPassword('', encoded.replace('2b', '2x'), SPARING)).toBe(false);
  });

  it('compares the first 72 bytes with bcrypt, as Django does', async () => {
    const [, encoded] = QUICK.find(([password, text]) => password !== '' && text.startsWith('bcrypt$'))!;
    expect(await checkPassword('x'.repeat(72), encoded)).toBe(true);
    expect(await checkPassword('x'.repeat(71), encoded)).toBe(false);
  });

  it.each([null, undefined, 7, {}, ['x']])('is false for the password %j of a form', async (raw) => {
    expect(await checkPassword(raw as string, QUICK[2]![1], SPARING)).toBe(false);
    expect(await checkPassword(raw as string, null, SPARING)).toBe(false);
  });

  it('is false for lone surrogates, which would all be one password, and for more than a mebibyte', async () => {
    const encoded = await makePassword('\ufffd', SPARING);
    expect(await checkPassword('\ufffd', encoded, SPARING)).toBe(true);
    expect(await checkPassword('\ud800', encoded, SPARING)).toBe(false);
    const longest = 'x'.repeat(1024 * 1024);
    const long = await makePassword(longest, SPARING);
    expect([await checkPassword(longest, long, SPARING), await checkPassword(`${longest}x`, long, SPARING)]).toEqual([
      true,
      false,
    ]);
  });

  it.each([new Uint8Array(), Buffer.from('x'), 7, {}])('refuses a hash that is no text (%j)', async (encoded) => {
    await expect(checkPassword('x', encoded as never, SPARING)).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});

describe('a hash that nobody should compute', () => {
  const hash = 'A'.repeat(43);
  const scrypt = `${'A'.repeat(86)}==`;
  it.each([
    `pbkdf2_sha256$10000001$salt$${hash}=`,
    `pbkdf2_sha256$99999999999999999999$salt$${hash}=`,
    `pbkdf2_sha256$0$salt$${hash}=`,
    `pbkdf2_sha256$-1$salt$${hash}=`,
    `pbkdf2_sha256$1e3$salt$${hash}=`,
    `pbkdf2_sha256$01000$salt$${hash}=`,
    `pbkdf2_sha256$1000$${'s'.repeat(1_000_000)}$${hash}=`,
    `pbkdf2_sha256$1000$\ud800$${hash}=`,
    `pbkdf2_sha256$1000$$${hash}=`,
    `pbkdf2_sha256$1000$salt$${hash}`,
    `pbkdf2_sha1$1000$salt$${hash}=`,
    `scrypt$${2 ** 24}$salt$8$1$${scrypt}`,
    `scrypt$${2 ** 20}$salt$16$1$${scrypt}`,
    `scrypt$${2 ** 20}$salt$8$255$${scrypt}`,
    `scrypt$16384$salt$8$4294967295$${scrypt}`,
    `scrypt$16383$salt$8$5$${scrypt}`,
    `scrypt$1$salt$8$5$${scrypt}`,
    `scrypt$65536$salt$1$1$${scrypt}`,
    `argon2$argon2id$v=19$m=1048577,t=1,p=1$c2FsdHNhbHQ$${hash}`,
    `argon2$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$${hash}`,
    `argon2$argon2id$v=19$m=1048576,t=200,p=1$c2FsdHNhbHQ$${hash}`,
    `argon2$argon2id$v=19$m=7,t=1,p=1$c2FsdHNhbHQ$${hash}`,
    `argon2$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$${hash}`,
    `argon2$argon2id$v=19$m=64,t=1,p=16777215$c2FsdHNhbHQ$${hash}`,
    `argon2$argon2id$v=18$m=64,t=1,p=1$c2FsdHNhbHQ$${hash}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdA$${hash}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$${'A'.repeat(400)}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AA`,
    'bcrypt$$2b$31$0Xqc/Tig4yVh4PEywwu9HOSs/LWISEb3hYjhskjfvQ0FVj6hoIOnC',
    'bcrypt$$2b$19$0Xqc/Tig4yVh4PEywwu9HOSs/LWISEb3hYjhskjfvQ0FVj6hoIOnC',
    'bcrypt$$2b$03$0Xqc/Tig4yVh4PEywwu9HOSs/LWISEb3hYjhskjfvQ0FVj6hoIOnC',
    'constructor$1$a$b',
    '__proto__$1$a$b',
    'md5$salt$d9104a6c1ad9a2f9b4ef4bd5ff94eb8b',
  ])('is false at once, and not worth an upgrade: %s', async (encoded) => {
    expect(await checkPassword('x', encoded, SPARING)).toBe(false);
    expect(mustUpgradePassword(encoded)).toBe(false);
  });
});

describe('time tells nobody who has an account', () => {
  /** A library that counts what it is asked for. */
  const counting = () => {
    const rounds: number[] = [];
    const genSalt = async (at: number) => `$2b$${String(at).padStart(2, '0')}$${'a'.repeat(22)}`;
    const hash = async (_: Buffer, salt: string) => {
      rounds.push(2 ** Number(salt.slice(4, 6)));
      return `${salt}${'b'.repeat(31)}`;
    };
    return { rounds, options: { preferred: 'bcrypt', packages: { bcrypt: { genSalt, hash } } } satisfies PasswordOptions };
  };
  const work = async (encoded: string | null, raw: string | null = 'x') => {
    const { rounds, options } = counting();
    expect(await checkPassword(raw, encoded, options)).toBe(false);
    return rounds.reduce((sum, one) => sum + one, 0);
  };

  it.each([null, '', '!unusable', 'gibberish', 'md5$a$b', 'bcrypt$$2b$31$', 'x'.repeat(5000)])(
    'a hash that nothing is right for costs what a hash of today costs: %j',
    async (encoded) => {
      expect(await work(encoded)).toBe(2 ** 12);
    },
  );

  it('a password that nothing is right for does, too', async () => {
    expect(await work(FULL_COST_HASHES.bcrypt, null)).toBe(2 ** 12);
    expect(await work(FULL_COST_HASHES.bcrypt, '\ud800')).toBe(2 ** 12);
  });

  it('a wrong password costs the same for a hash of today and for an older, cheaper one', async () => {
    expect(await work(FULL_COST_HASHES.bcrypt)).toBe(2 ** 12);
    expect(await work(FULL_COST_HASHES.bcrypt.replace('$12$', '$10$'))).toBe(2 ** 12);
    expect(await work(FULL_COST_HASHES.bcrypt.replace('$12$', '$04$'))).toBe(2 ** 12);
  });
});
