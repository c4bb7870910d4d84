import { expect, it } from '@jest/globals';

import { PasswordChecks } from './password-checks.service.js';
import { DEMO_USERS } from './users.js';

const [ada] = DEMO_USERS as [(typeof DEMO_USERS)[0]];

it('hashes two at a time, lets eight wait, refuses the rest at once, and takes new ones when those are done', async () => {
  const passwords = new PasswordChecks();
  for (let round = 0; round < 2; round += 1) {
    const asked = Array.from({ length: 30 }, (_, i) => passwords.check(ada.passwordHash, i % 2 === 0 ? ada.password : 'wrong'));
    const answers = await Promise.all(asked);
    expect(answers.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => i % 2 === 0));
    expect(answers.slice(10)).toEqual(Array.from({ length: 20 }, () => undefined));
  }
});

it('gives its place back after a hash that can´t be read', async () => {
  const passwords = new PasswordChecks();
  for (let round = 0; round < 5; round += 1)
    expect(await Promise.all(Array.from({ length: 10 }, () => passwords.check('!', 'x')))).toEqual(Array(10).fill(false));
});
