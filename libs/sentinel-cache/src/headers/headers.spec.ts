import { describe, expect, it } from '@jest/globals';

import { readCookie } from './cookie.js';
import { CookieWriter, deleteCookie, type CookieAge, type CookieScope } from './set-cookie.js';
import { patchVary } from './vary.js';

describe('H-45: patchVary', () => {
  it.each([
    [undefined, 'Cookie'],
    ['Accept', 'Accept, Cookie'],
    ['accept, cookie', 'accept, cookie'],
    [['Accept', 'Origin'], 'Accept, Origin, Cookie'],
    ['Accept, *', '*'],
    ['', 'Cookie'],
  ])('%j and Cookie is %j', (existing, expected) => {
    expect(patchVary(existing, 'Cookie')).toBe(expected);
  });

  it('* takes the place of all names', () => {
    expect([patchVary('Cookie', '*'), patchVary(undefined, '*')]).toEqual(['*', '*']);
  });
});

describe('readCookie', () => {
  it('finds one among others, and takes it as it was sent', () => {
    expect(readCookie('a=1; sessionid=abc%3Adef; b=2', 'sessionid')).toBe('abc%3Adef');
    expect(readCookie('sessionid=', 'sessionid')).toBe('');
  });
  it.each([[undefined], [''], ['xsessionid=1'], ['a=sessionid'], ['; ;=;;'], ['\0sessionid']])('%j holds none', (header) => {
    expect(readCookie(header, 'sessionid')).toBeUndefined();
  });
  it('reads no prototype', () => {
    expect(readCookie('a=toString; b=1', 'toString')).toBeUndefined();
  });
});

describe('S-42, S-45: Set-Cookie', () => {
  const scope: CookieScope = { name: 'sid', path: '/', domain: undefined, sameSite: 'Lax', secure: false, httpOnly: true };
  const writeCookie = (of: CookieScope, value: string, age: CookieAge | undefined) => new CookieWriter(of).write(value, age);
  it('says the same as the library does for each, however many of one second there are', () => {
    const writer = new CookieWriter(scope);
    const ages = [0, 999, 1000, 1999, 2500].flatMap((nowMs) => [60, 61].map((seconds) => ({ seconds, nowMs })));
    for (const age of ages)
      for (const value of ['k1', 'k2', '"odd"']) expect(writer.write(value, age)).toBe(writeCookie(scope, value, age));
    expect(writer.write('k', { seconds: 60, nowMs: 1999 })).toContain('Expires=Thu, 01 Jan 1970 00:01:01 GMT');
    expect(writer.write('k', { seconds: 60, nowMs: 2000 })).toContain('Expires=Thu, 01 Jan 1970 00:01:02 GMT');
  });
  it('says how long it lives both ways', () => {
    const line = writeCookie(scope, 'k', { seconds: 60, nowMs: 0 });
    expect(line).toContain('Max-Age=60');
    expect(line).toContain('Expires=Thu, 01 Jan 1970 00:01:00 GMT');
    expect(line).toMatch(/^sid=k; /);
  });
  it('without an age ends with the browser', () => {
    expect(writeCookie(scope, 'k', undefined)).not.toMatch(/Max-Age|Expires/);
  });
  it('leaves the value as it is: a signed one has colons', () => {
    expect(writeCookie(scope, 'e30:1r31eq:kF1-_', undefined)).toMatch(/^sid=e30:1r31eq:kF1-_; /);
  });
  it.each([
    [scope, false],
    [{ ...scope, sameSite: 'None' as const }, true],
    [{ ...scope, name: '__Host-sid' }, true],
    [{ ...scope, secure: true }, false],
  ])('deleting is Secure only where browsers want it, and never HttpOnly', (of, secure) => {
    const line = deleteCookie(of);
    expect(line).toContain('Max-Age=0');
    expect(line).toContain('Expires=Thu, 01 Jan 1970 00:00:00 GMT');
    expect(/Secure/.test(line)).toBe(secure);
    expect(line).not.toContain('HttpOnly');
  });
});
