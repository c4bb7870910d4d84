import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  checkPassword,
  makePassword,
  mustUpgradePassword,
  type PasswordAlgorithm,
  type PasswordOptions,
} from 'nestjs-sentinel-cache/passwords';

import { DjangoConsole, type Outcome } from './support/django-console.js';
import { installDjango } from './support/install-django.js';

const HASHERS = 'django.contrib.auth.hashers.';
const SETTINGS = {
  SECRET_KEY: 'contract-secret-key',
  PASSWORD_HASHERS: [
    'shop.hashers.QuickHasher',
    `${HASHERS}PBKDF2SHA1PasswordHasher`,
    'shop.hashers.ScryptHasher',
    `${HASHERS}Argon2PasswordHasher`,
    `${HASHERS}BCryptPasswordHasher`,
    `${HASHERS}BCryptSHA256PasswordHasher`,
  ],
};

/** Each algorithm at costs that suit a test: ours and, by the names of Django's attributes, Django's. */
const QUICK = {
  pbkdf2_sha256: [{ iterations: 1000 }, { iterations: 1000 }],
  pbkdf2_sha1: [{ iterations: 1000 }, { iterations: 1000 }],
  scrypt: [
    { workFactor: 16, blockSize: 2, parallelism: 3 },
    { work_factor: 16, block_size: 2, parallelism: 3 },
  ],
  argon2: [
    { memoryCost: 64, timeCost: 3, parallelism: 4 },
    { memory_cost: 64, time_cost: 3, parallelism: 4 },
  ],
  bcrypt: [{ rounds: 4 }, { rounds: 4 }],
  bcrypt_sha256: [{ rounds: 4 }, { rounds: 4 }],
} as const satisfies Record<PasswordAlgorithm, readonly [PasswordOptions, object]>;
const ALGORITHMS = Object.keys(QUICK) as PasswordAlgorithm[];
/** The same costs on both sides where a hash can't be checked. */
const SPARING = { iterations: 1000 };

const PASSWORDS = [
  '',
  ' ',
  'x',
  'secret',
  'lètmein',
  'e\u0301',
  'é',
  'пароль',
  '密码',
  '🔑🔑',
  'a$b$c',
  ' padded ',
  '\t\n',
  'x'.repeat(72),
];
const LONG = ['y'.repeat(73), '🔑'.repeat(300), 'z'.repeat(1_000_000)];

let django: DjangoConsole;
beforeAll(async () => {
  installDjango();
  django = await DjangoConsole.start(SETTINGS, async () => {});
}, 400_000);
afterAll(async () => {
  await django?.stop();
});

const djangoMakes = (algorithm: string, costs: object, passwords: readonly string[], salt?: string) =>
  django.ask<string[]>('make_passwords', { algorithm, costs, passwords, salt });
/** Whether Django takes each password for each hash; whatever it raises is a no. */
async function djangoTakes(pairs: readonly (readonly [string, string])[]): Promise<boolean[]> {
  const outcomes = await django.ask<Outcome[]>('check_passwords', { pairs });
  return outcomes.map((outcome) => 'value' in outcome && (outcome.value as unknown) === true);
}
async function weTake(pairs: readonly (readonly [string, string])[]): Promise<boolean[]> {
  const taken: boolean[] = [];
  for (const [password, encoded] of pairs) taken.push(await checkPassword(password, encoded, SPARING));
  return taken;
}

/** A repeatable source of numbers below a bound. */
function dice(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Random text of every plane, without lone surrogates and NUL, which Debian's bcrypt refuses. */
function randomPassword(roll: (bound: number) => number): string {
  const most = [0x7f, 0xff, 0xd7ff, 0x10ffff][roll(4)]!;
  const point = () => 1 + roll(most);
  return Array.from({ length: roll(40) }, () => {
    const one = point();
    return String.fromCodePoint(one >= 0xd800 && one <= 0xdfff ? 0x61 : one);
  }).join('');
}

describe.each(ALGORITHMS)('%s', (algorithm) => {
  const [ours, theirs] = QUICK[algorithm];
  const roll = dice(algorithm.length);
  const passwords = [...PASSWORDS, ...Array.from({ length: 60 }, () => randomPassword(roll))];
  const cutAt72 = algorithm === 'bcrypt';
  const fitting = cutAt72 ? passwords.filter((password) => Buffer.byteLength(password) <= 72) : [...passwords, ...LONG];

  it('what Django makes is taken here, for its own password alone', async () => {
    const hashes = await djangoMakes(algorithm, theirs, [...passwords, ...LONG]);
    const right = [...passwords, ...LONG].map((password, i) => [password, hashes[i]!] as const);
    expect(await weTake(right)).toEqual(right.map(() => true));
    const wrong = passwords.flatMap((password, i) =>
      [`${password}x`, password.slice(1), password.toUpperCase(), password.normalize('NFD')]
        .filter((other) => other !== password && !(cutAt72 && password.startsWith('x'.repeat(72))))
        .map((other) => [other, hashes[i]!] as const),
    );
    const [theirAnswers, ourAnswers] = [await djangoTakes(wrong), await weTake(wrong)];
    expect(ourAnswers).toEqual(theirAnswers);
    expect(ourAnswers.filter((taken) => !taken).length).toBeGreaterThan(passwords.length);
  });

  it('what is made here Django takes, for its own password alone', async () => {
    const hashes: string[] = [];
    for (const password of fitting) hashes.push(await makePassword(password, { preferred: algorithm, ...ours }));
    expect(await djangoTakes(fitting.map((password, i) => [password, hashes[i]!] as const))).toEqual(fitting.map(() => true));
    const wrong = PASSWORDS.map((password, i) => [`other${password}`, hashes[i]!] as const);
    expect(await djangoTakes(wrong)).toEqual(wrong.map(() => false));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('at the costs of Django 5.2 each takes what the other makes', async () => {
    const password = 'lètmein 🔑';
    const full = algorithm.startsWith('pbkdf2') ? { iterations: 1_000_000 } : {};
    const [made] = await djangoMakes(algorithm, full, [password]);
    const mine = await makePassword(password, { preferred: algorithm });
    expect(mine.split('$').length).toBe(made!.split('$').length);
    expect(mine.length).toBeLessThanOrEqual(128);
    expect([await checkPassword(password, made), await djangoTakes([[password, mine]])]).toEqual([true, [true]]);
    expect(mustUpgradePassword(made, { preferred: algorithm })).toBe(false);
    expect(await django.ask('must_update', { algorithm, costs: full, encoded: [mine] })).toEqual([false]);
  });

  it('of a hash with any one character changed, both say the same', async () => {
    const [made] = await djangoMakes(algorithm, theirs, ['secret']);
    const pairs = Array.from({ length: made!.length }, (_, at) =>
      ['0', '3', 'A', '$', '=', 'é', ''].map((other) => ['secret', made!.slice(0, at) + other + made!.slice(at + 1)] as const),
    ).flat();
    const [theirAnswers, ourAnswers] = [await djangoTakes(pairs), await weTake(pairs)];
    const differences = pairs.filter((_, i) => theirAnswers[i] !== ourAnswers[i]).map(([, encoded]) => encoded);
    expect(differences).toEqual([]);
  });

  it('both want the same hashes made anew', async () => {
    const encoded = [
      ...(await Promise.all(ALGORITHMS.map((one) => djangoMakes(one, QUICK[one][1], ['x'])))).flat(),
      ...(await Promise.all(ALGORITHMS.map((one) => makePassword('x', { preferred: one, ...QUICK[one][0] })))),
      ...(algorithm.startsWith('bcrypt')
        ? []
        : (
            await Promise.all(
              ['seasalts', 's'.repeat(21), 'é'.repeat(22)].map((salt) => djangoMakes(algorithm, theirs, ['x'], salt)),
            )
          ).flat()),
    ];
    const quick = await django.ask('must_update', { algorithm, costs: theirs, encoded });
    expect(encoded.map((text) => mustUpgradePassword(text, { preferred: algorithm, ...ours }))).toEqual(quick);
    expect(new Set(quick as boolean[]).size).toBe(2);
  });
});

describe('text that no hasher wrote', () => {
  it('is taken by neither, whatever the password', async () => {
    const texts = [
      '',
      '!',
      '!abc',
      '$',
      '$$$$',
      'plain',
      'md5$$',
      'pbkdf2_sha256',
      'pbkdf2_sha256$',
      'pbkdf2_sha256$1$$',
      'argon2$argon2id',
      'bcrypt$$2b$',
      'scrypt$$$$$',
      'é$é',
      '\u0000',
    ];
    const pairs = texts.flatMap((text) => ['', text, 'x'].map((password) => [password, text] as const));
    expect(await djangoTakes(pairs)).toEqual(pairs.map(() => false));
    expect(await weTake(pairs)).toEqual(pairs.map(() => false));
  });

  it('an unusable password made here is one for Django', async () => {
    const unusable = await makePassword(null);
    expect(unusable).toMatch(/^![a-zA-Z0-9]{40}$/);
    expect(
      await djangoTakes([
        ['', unusable],
        [unusable, unusable],
      ]),
    ).toEqual([false, false]);
  });

  it('a password with lone surrogates, which Python can not encode, is right for nothing', async () => {
    const [made] = await djangoMakes('pbkdf2_sha256', SPARING, ['\ufffd']);
    expect([await weTake([['\ud800', made!]]), await djangoTakes([['\ud800', made!]])]).toEqual([[false], [false]]);
  });
});
