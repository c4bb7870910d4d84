import { expect, it } from '@jest/globals';

import { isFromThisMachine } from './drill.controller.js';

it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('takes %s for this machine', (remoteAddress) => {
  expect(isFromThisMachine({ headers: {}, socket: { remoteAddress } })).toBe(true);
});

it.each([undefined, '', '10.0.0.1', '192.168.1.127', '::ffff:10.0.0.1', '2001:db8::1', '::10', '1127.0.0.1', '127.0.0.1.evil'])(
  'takes %s for another one',
  (remoteAddress) => {
    expect(isFromThisMachine({ headers: {}, socket: { ...(remoteAddress !== undefined && { remoteAddress }) } })).toBe(false);
  },
);

it.each([{ 'x-forwarded-for': '' }, { 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }])(
  'takes what a proxy passes on for another one: %j',
  (headers) => {
    expect(isFromThisMachine({ headers, socket: { remoteAddress: '127.0.0.1' } })).toBe(false);
  },
);
