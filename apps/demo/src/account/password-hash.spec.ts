import { expect, it } from '@jest/globals';

import { isPasswordOf } from './password-hash.js';
import { DEMO_USERS } from './users.js';

/** Of Django's own test suite (5.2): make_password('lètmein', 'seasalt', 'pbkdf2_sha256'). */
const DJANGO = 'pbkdf2_sha256$1000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=';

it('knows the password behind a hash that Django made, and no other', async () => {
  expect(await isPasswordOf(DJANGO, 'lètmein')).toBe(true);
  expect(await isPasswordOf(DJANGO, 'lètmeinz')).toBe(false);
});

it.each(['', '!', '!unusable', 'pbkdf2_sha256$1$$', 'pbkdf2_sha256$1$salt$', 'pbkdf2_sha256$0$s$aGFzaA==', 'md5$1$s$aGFzaA=='])(
  'takes no password for %j',
  async (hash) => {
    expect(await isPasswordOf(hash, '')).toBe(false);
  },
);

it('refuses a number of iterations that would keep it busy for minutes', async () => {
  expect(await isPasswordOf('pbkdf2_sha256$99999999999$seasalt$aGFzaA==', 'x')).toBe(false);
});

it('lets every demo user in with the password that the page shows', async () => {
  for (const { passwordHash, password } of DEMO_USERS) expect(await isPasswordOf(passwordHash, password)).toBe(true);
});
