import { expect, it } from '@jest/globals';

import { CacheUnavailableError, type UnavailableReason } from './cache-unavailable.error.js';
import { CodecError } from './codec.error.js';
import { CommandRejectedError } from './command-rejected.error.js';
import { isOutage } from './is-outage.js';
import { SessionUnavailableError } from './session-unavailable.error.js';

const unavailable = (reason: UnavailableReason) => new CacheUnavailableError(reason, 'unknown', 'no reply');
const rejected = (redisCode: string) => new CommandRejectedError(redisCode, `${redisCode} said the server`);

it.each<UnavailableReason>(['deadline', 'no-primary', 'auth', 'queue-full', 'breaker-open', 'connection-lost', 'wrong-database'])(
  'an unavailable cache is an outage: %s',
  (reason) => {
    expect(isOutage(unavailable(reason))).toBe(true);
  },
);

it.each<UnavailableReason>(['closed', 'aborted'])('what the program did itself is none: %s', (reason) => {
  expect(isOutage(unavailable(reason))).toBe(false);
});

it.each(['OOM', 'NOREPLICAS', 'MISCONF', 'BUSY', 'READONLY', 'LOADING', 'MASTERDOWN'])(
  'a server that refuses everything of its kind is an outage: %s',
  (code) => {
    expect(isOutage(rejected(code))).toBe(true);
  },
);

it.each(['WRONGTYPE', 'NOPERM', 'ERR', 'NOTALLOWED', 'oom', ''])('a mistake of the program is none: %s', (code) => {
  expect(isOutage(rejected(code))).toBe(false);
});

it.each([
  undefined,
  null,
  'OOM',
  { redisCode: 'OOM' },
  new Error('OOM'),
  new CodecError('broken'),
  new SessionUnavailableError(),
])('what is no error of a cache that could not be reached is none: %p', (value: unknown) => {
  expect(isOutage(value)).toBe(false);
});
