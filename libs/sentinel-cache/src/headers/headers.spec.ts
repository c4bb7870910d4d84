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
  it('S-2: as Django reads it, the last of a name wins, and quotes are taken off with their escapes', () => {
    expect(readCookie('sessionid=A; sessionid=B', 'sessionid')).toBe('B');
    expect(readCookie('sessionid="A"', 'sessionid')).toBe('A');
    expect(readCookie(';sessionid="\\101\\"\\\\\\z\\073"; sessionid', 'sessionid')).toBe('A"\\z;');
    expect(['"', '""', 'a"b"', '"a'].map((value) => readCookie(`sessionid=${value}`, 'sessionid'))).toEqual([
      '"',
      '',
      'a"b"',
      '"a',
    ]);
  });
  it('takes a header for bytes of UTF-8, and strips what Python calls space', () => {
    const header = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
    expect(readCookie(header('sessionid\u00a0= \u2003čaj\u{1f600}\u3000'), 'sessionid')).toBe('čaj\u{1f600}');
    expect(readCookie('sessionid=a\xff', 'sessionid')).toBe('a\ufffd');
  });
  it('is done with 16 KB of anything at once', () => {
    for (const piece of [';', '=', '"', '\\', ' ', 'sessionid', 'sessionid=";', '\\1'])
      expect(typeof readCookie(`${piece.repeat(16_384 / piece.length)};sessionid=A`, 'sessionid')).toBe('string');
  });
  it.each([[undefined], [''], [';sessionid'], [';'], ['xsessionid=1'], ['a=sessionid'], ['; ;=;;'], ['\0sessionid']])(
    '%j holds none',
    (header) => {
      expect(readCookie(header, 'sessionid')).toBeUndefined();
    },
  );
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
      for (const value of ['k1', 'k2', '"odd"', 'a;b']) expect(writer.write(value, age)).toBe(writeCookie(scope, value, age));
    expect(writer.write('k', { seconds: 60, nowMs: 1999 })).toContain('expires=Thu, 01 Jan 1970 00:01:01 GMT');
    expect(writer.write('k', { seconds: 60, nowMs: 2000 })).toContain('expires=Thu, 01 Jan 1970 00:01:02 GMT');
  });
  it('says how long it lives both ways', () => {
    const line = writeCookie(scope, 'k', { seconds: 60, nowMs: 0 });
    expect(line).toContain('Max-Age=60');
    expect(line).toContain('expires=Thu, 01 Jan 1970 00:01:00 GMT');
    expect(line).toMatch(/^sid=k; /);
  });
  it('without an age ends with the browser', () => {
    expect(writeCookie(scope, 'k', undefined)).not.toMatch(/Max-Age|Expires/);
  });
  it('leaves the value as it is: a signed one has colons', () => {
    expect(writeCookie(scope, 'e30:1r31eq:kF1-_', undefined)).toMatch(/^sid=e30:1r31eq:kF1-_; /);
  });
  it('what is no plain value is quoted, and read again as it was', () => {
    for (const value of ['', 'a b', 'a;b', '"a"\\', 'é', 'č\u{1f600}\r\n\0']) {
      const line = writeCookie(scope, value, undefined);
      expect(line).toMatch(/^sid="[^;\r\n\0]*"; HttpOnly; Path=\/; SameSite=Lax$/);
      expect(readCookie(line, 'sid')).toBe(value);
    }
  });
  it('S-45: deleting looks as Django´s', () => {
    const gone = 'expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/';
    expect(deleteCookie({ ...scope, sameSite: undefined })).toBe(`sid=""; ${gone}`);
    expect(deleteCookie({ ...scope, domain: 'a.example' })).toBe(`sid=""; Domain=a.example; ${gone}; SameSite=Lax`);
  });
  it.each([
    [scope, false],
    [{ ...scope, sameSite: 'None' as const }, true],
    [{ ...scope, name: '__Host-sid' }, true],
    [{ ...scope, secure: true }, false],
  ])('deleting is Secure only where browsers want it, and never HttpOnly', (of, secure) => {
    const line = deleteCookie(of);
    expect(line).toContain('Max-Age=0');
    expect(line).toContain('expires=Thu, 01 Jan 1970 00:00:00 GMT');
    expect(/Secure/.test(line)).toBe(secure);
    expect(line).not.toContain('HttpOnly');
  });
});
