import { describe, expect, it } from '@jest/globals';
import { resolveSettings } from '../resolve-settings.js';

const redis = (KEY_PREFIX: string, more: object = {}) => ({ BACKEND: 'redis', LOCATION: 'redis://h/0', KEY_PREFIX, ...more });
const warningsOf = (left: object, right: object) => resolveSettings({ default: left, other: right }).warnings;

describe('overlapping prefixes', () => {
  it.each([
    ['', 'a', 'has no KEY_PREFIX'],
    ['a', '', 'has no KEY_PREFIX'],
    ['', ':b', 'begins the other'],
    ['a', 'a:b', 'begins the other'],
    ['a:b', 'a', 'clear() of CACHES.other removes'],
    ['a', 'a', 'one KEY_PREFIX'],
    ['', '', 'one KEY_PREFIX'],
  ])('warns of %p and %p in one database', (left, right, part) => {
    expect(warningsOf(redis(left), redis(right))).toEqual([expect.stringContaining(part)]);
  });

  it('warns of one prefix with two versions, since clear() removes all versions', () => {
    expect(warningsOf(redis('a', { VERSION: 1 }), redis('a', { VERSION: 2 }))).toHaveLength(1);
  });

  it('warns whatever the credentials, and when one sentinel is common', () => {
    expect(warningsOf(redis('a'), redis('a', { LOCATION: 'redis://u:p@H:6379/0' }))).toEqual([
      expect.stringContaining('one KEY_PREFIX'),
      expect.stringContaining('in plain text'),
    ]);
    const sentinel = (LOCATION: string) => redis('a', { LOCATION, OPTIONS: { CLIENT_CLASS: 'sentinel' } });
    expect(warningsOf(sentinel('m/a:1,b:1/0'), sentinel('m/b:1,c:1/0'))).toHaveLength(1);
    expect(warningsOf(sentinel('m/a:1/0'), sentinel('n/a:1/0'))).toEqual([]);
    expect(warningsOf(sentinel('m/a:1/0'), sentinel('m/b:1/0'))).toEqual([]);
  });

  it.each([
    ['a', redis('ab')],
    ['a', redis('b')],
    ['a', redis('a', { LOCATION: 'redis://h/1' })],
    ['a', redis('a', { LOCATION: 'redis://i/0' })],
    ['a', redis('a', { LOCATION: 'unix:///h?db=0' })],
    ['a', redis('a', { KEY_FUNCTION: String })],
    ['a', { BACKEND: 'locmem', KEY_PREFIX: 'a' }],
  ])('says nothing of %p and %p', (left, right) => {
    expect(warningsOf(redis(left), right)).toEqual([]);
  });
});
