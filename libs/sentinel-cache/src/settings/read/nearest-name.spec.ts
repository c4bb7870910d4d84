import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest-name.js';

const KNOWN = ['PASSWORD', 'SOCKET_TIMEOUT', 'SOCKET_CONNECT_TIMEOUT', 'TIMEOUT', 'KEY_PREFIX', 'db'];

describe('nearestName', () => {
  it.each([
    ['PASSWROD', 'PASSWORD'],
    ['password', 'PASSWORD'],
    ['SOCKET_TIMEOT', 'SOCKET_TIMEOUT'],
    ['Key_Prefix', 'KEY_PREFIX'],
    ['TIMOUT', 'TIMEOUT'],
  ])('takes %s for %s', (name, meant) => {
    expect(nearestName(name, KNOWN)).toBe(meant);
  });

  it.each([['BANANA'], ['x'.repeat(100_000)], ['__proto__'], ['']])('takes %# for nothing that is known', (name) => {
    expect(nearestName(name, KNOWN)).toBeUndefined();
  });
});
