import { expect, it } from '@jest/globals';

import { isSameOrigin } from './csrf-cookie.guard.js';

const host = 'shop.example:3000';

it.each([
  [{ host }],
  [{ host, 'sec-fetch-site': 'same-origin' }],
  [{ host, 'sec-fetch-site': 'none' }],
  [{ host, origin: 'http://shop.example:3000' }],
  [{ host: 'proxied', origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' }],
])('lets %j pass', (headers) => {
  expect(isSameOrigin(headers)).toBe(true);
});

it.each([
  [{ host, 'sec-fetch-site': 'cross-site' }],
  [{ host, 'sec-fetch-site': 'same-site' }],
  [{ host, 'sec-fetch-site': 'same-origin, none' }],
  [{ host, 'sec-fetch-site': 'cross-site', origin: 'http://shop.example:3000' }],
  [{ host, origin: 'http://evil.example' }],
  [{ host, origin: 'http://shop.example:3001' }],
  [{ host, origin: 'http://shop.example:3000.evil.example' }],
  [{ host, origin: 'null' }],
  [{ host, origin: '' }],
  [{ origin: 'http://shop.example' }],
])('stops %j', (headers) => {
  expect(isSameOrigin(headers)).toBe(false);
});
