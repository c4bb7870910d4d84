import { randomInt } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { readCookie } from '../../libs/sentinel-cache/src/headers/cookie.js';
import { CookieWriter, deleteCookie, type CookieScope } from '../../libs/sentinel-cache/src/headers/set-cookie.js';
import { randomNumbers } from '../hostile/mutants.js';
import { DjangoConsole } from './support/django-console.js';
import { installDjango } from './support/install-django.js';
import { Tally } from './support/tally.js';

const HEADERS = 500;
const tally = new Tally('cookies');
/** Each run asks other headers; the same again with COOKIE_SEED. */
const seed = Number(process.env['COOKIE_SEED'] ?? randomInt(2 ** 31));

let django: DjangoConsole;
beforeAll(async () => {
  installDjango();
  django = await DjangoConsole.start({ CACHES: {}, SECRET_KEY: 'shared' }, async () => undefined);
}, 400_000);
afterAll(async () => {
  await django?.stop();
  tally.print();
});

/** As a client sends it: text becomes bytes of UTF-8, which Node and WSGI give as a character each. */
const onTheWire = (header: string): string => Buffer.from(header, 'utf8').toString('latin1');

/** What is asked by name; a header with none of them is asked in vain on both sides. */
const NAMES = ['sessionid', 'csrftoken', 'a', '__Host-sid', 'toString'];

const NAMED: readonly string[] = [
  'sessionid=A; sessionid=B',
  'sessionid="A"',
  'sessionid="A; sessionid=B"',
  'sessionid="\\101\\102\\"\\\\c\\9\\400\\3"',
  'sessionid="a\\',
  'sessionid="',
  'sessionid=""',
  'sessionid=; sessionid',
  '=sessionid; a',
  'sessionid = \t A \x1f ;a=1',
  'sessionid=a=b==; a=%41%22',
  'sessionid=A,sessionid=B; Path=/; HttpOnly',
  'a=\u00a0x\u2003; sessionid=\ufeffx\u0085; \u3000sessionid=y\u3000',
  'sessionid=čaj\u{1f600}; a="\\303\\251"',
  'Sessionid=A; xsessionid=B; sessionidx=C',
  ';;; ; =; ==; sessionid==;',
  '',
];

/** Pieces that mean something to one of the two, in any order. */
const PIECES = [
  ...NAMES, '=', '=', '=', ';', ';', '; ', '"', '"', '\\', '\\\\', '\\"', '\\101', '\\073', '\\377', '\\400', '\\8', '\\é', ' ', '\t', '\x0b', '\x1c',
  '\x85', '\xa0', '\u2028', '\ufeff', '\u3000', 'A', 'B', 'é', '\u{1f600}', ',', '%22', '%', '+', '$Version', '\0', '\x7f', '\n', '\r\n', '0', 'abcdefgh',
]; // prettier-ignore

function randomHeader(random: (below: number) => number): string {
  const chunk = (): string => Array.from({ length: random(7) }, () => PIECES[random(PIECES.length)]!).join('');
  const named = (): string => `${NAMES[random(NAMES.length)]!}=${random(2) === 0 ? `"${chunk()}"` : chunk()}`;
  const header = Array.from({ length: 1 + random(5) }, () => (random(3) === 0 ? chunk() : named())).join(
    random(4) === 0 ? ';' : '; ',
  );
  // Bytes that are no UTF-8, too.
  return random(8) === 0 ? `${onTheWire(header)}${String.fromCharCode(128 + random(128))}` : onTheWire(header);
}

async function compare(headers: readonly string[]): Promise<void> {
  const theirs = await django.ask<Record<string, string>[]>('cookies', { headers });
  headers.forEach((header, index) => {
    const read = Object.fromEntries(NAMES.map((name) => [name, readCookie(header, name) ?? null]));
    const expected = Object.fromEntries(
      NAMES.map((name) => [name, Object.hasOwn(theirs[index]!, name) ? theirs[index]![name]! : null]),
    );
    tally.compare(`${JSON.stringify(header)} of seed ${seed}`, read, expected);
  });
}

describe('one Cookie header is the same cookies on both sides', () => {
  it('the last of a name, quotes, octal digits, chunks without a name, bytes beyond ASCII', async () => {
    await compare(NAMED.map(onTheWire));
    // What the comparison is worth: these are read, and not merely missing on both sides.
    expect(readCookie('sessionid=A; sessionid="B\\073"', 'sessionid')).toBe('B;');
  });

  it(`${HEADERS} random headers`, async () => {
    process.stdout.write(`test/django cookies: seed ${seed}\n`);
    const random = randomNumbers(seed);
    const headers = Array.from({ length: HEADERS }, () => randomHeader(random));
    expect(headers.filter((header) => NAMES.some((name) => readCookie(header, name))).length).toBeGreaterThan(HEADERS / 3);
    await compare(headers);
  }, 60_000);
});

describe('one Set-Cookie line on both sides, byte for byte', () => {
  const scope: CookieScope = { name: 'sessionid', path: '/', domain: undefined, sameSite: 'Lax', secure: false, httpOnly: true };
  const SCOPES: readonly CookieScope[] = [
    scope,
    { ...scope, domain: '.example.com', path: '/shop', sameSite: 'Strict', secure: true },
    { ...scope, sameSite: 'None' },
    { ...scope, name: '__Host-sid', sameSite: undefined, httpOnly: false },
    { ...scope, name: '__Secure-sid' },
  ];
  const shared = ({ path, domain, sameSite }: CookieScope) => ({ path, domain: domain ?? null, samesite: sameSite ?? null });

  it.each(SCOPES)('S-45: deleted, %j', async (of) => {
    const theirs = await django.ask<string>('delete_cookie', { name: of.name, ...shared(of) });
    tally.compare(JSON.stringify(of), deleteCookie(of), theirs);
  });

  it.each(SCOPES)('S-42: set, %j', async (of) => {
    const rest = { ...shared(of), secure: of.secure, httponly: of.httpOnly };
    for (const value of ['k3y', 'e30:1r31eq:kF1-_', 'with "quotes" \\ ; , and é', 'a b', '']) {
      const age = { max_age: -10, expires: 'Thu, 01 Jan 1970 00:00:50 GMT' };
      const lasting = await django.ask<string>('set_cookie', { name: of.name, value, ...rest, ...age });
      tally.compare(value, new CookieWriter(of).write(value, { seconds: -10, nowMs: 60_000 }), lasting);
      const closing = await django.ask<string>('set_cookie', { name: of.name, value, ...rest });
      tally.compare(value, new CookieWriter(of).write(value, undefined), closing);
    }
  });
});
