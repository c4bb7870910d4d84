import { describe, expect, it } from '@jest/globals';

import { fieldsOf, parseCacheControl, patchCacheControl, secondsOf } from './cache-control.js';

describe('patchCacheControl', () => {
  it.each([
    ['', { maxAge: 60, public: true }, 'max-age=60, public'],
    ['private', { public: true }, 'public'],
    ['public, x=1', { private: true }, 'x=1, private'],
    ['max-age=30', { maxAge: 60 }, 'max-age=30'],
    ['max-age=90, no-store', { maxAge: 60 }, 'max-age=60, no-store'],
    ['no-cache=a', { noCache: 'b' }, 'no-cache="a, b"'],
    ['no-cache=a', { noCache: true }, 'no-cache'],
    ['no-cache', { noCache: 'a' }, 'no-cache'],
    ['Max-Age=5', { sMaxAge: 9, mustRevalidate: true }, 'max-age=5, s-maxage=9, must-revalidate'],
    ['max-age=soon', { maxAge: 7 }, 'max-age=7'],
    ['', { public: false, noStore: true }, 'no-store'],
  ] as const)('H-41: %j and %j is %j', (existing, directives, expected) => {
    expect(patchCacheControl(existing === '' ? undefined : existing, directives)).toBe(expected);
  });
});

describe('parseCacheControl', () => {
  it.each([
    ['max-age=60', 60],
    ['MAX-AGE=60', 60],
    ['max-age=1, max-age=2', 2],
    ['max-age=1.5', undefined],
    ['max-age=-1', undefined],
    ['max-age', undefined],
    ['x-max-age=60', undefined],
    ['private="max-age=60"', undefined],
  ])('H-42: the max-age of %j is %j', (header, seconds) => {
    expect(secondsOf(parseCacheControl(header), 'max-age')).toBe(seconds);
  });

  it('a name inside a value is no directive, and names of fields are read', () => {
    const directives = parseCacheControl('community="private, no-store", no-cache="Set-Cookie, X-A"');
    expect([directives.has('no-store'), directives.has('private')]).toEqual([false, false]);
    expect(fieldsOf(directives, 'no-cache')).toEqual(['set-cookie', 'x-a']);
  });
});
