/** The attributes that setting and deleting a cookie share. */
export interface CookieScope {
  readonly name: string;
  readonly path: string;
  readonly domain: string | undefined;
  readonly sameSite: 'Lax' | 'Strict' | 'None' | undefined;
  readonly secure: boolean;
  readonly httpOnly: boolean;
}

/** How long a cookie lives, from when. */
export interface CookieAge {
  readonly seconds: number;
  readonly nowMs: number;
}

/** Session keys and signed values: what stands without quotes. */
const PLAIN_VALUE = /^[\w!#$%&'*+\-.^`|~:]+$/;
/** What has to be escaped inside quotes. */
const ESCAPED = /[\x00-\x1f",;\\\x7f-\xff]/g;

/** Writes Set-Cookie headers of one cookie. All headers of one second end alike, so that the end is written once a second. */
export class CookieWriter {
  private end: { readonly seconds: number; readonly second: number; readonly text: string } | undefined;

  constructor(private readonly scope: CookieScope) {}

  /** A Set-Cookie header. `age` undefined: the cookie ends with the browser. What is no plain value is quoted, as Django does. */
  write(value: string, age: CookieAge | undefined): string {
    if (!age || !PLAIN_VALUE.test(value)) return writeCookie(this.scope, value, age);
    const second = Math.floor(age.nowMs / 1000);
    if (this.end?.second !== second || this.end.seconds !== age.seconds) {
      const text = writeCookie(this.scope, 'x', age).slice(this.scope.name.length + 2);
      this.end = { seconds: age.seconds, second, text };
    }
    return `${this.scope.name}=${value}${this.end.text}`;
  }
}

/**
 * A Set-Cookie header that deletes the cookie, byte for byte Django's: empty, over since 1970, same scope. Secure only where browsers
 * ask for it; never HttpOnly.
 */
export function deleteCookie(scope: CookieScope): string {
  const secure = scope.sameSite === 'None' || scope.name.startsWith('__Secure-') || scope.name.startsWith('__Host-');
  return writeCookie({ ...scope, secure, httpOnly: false }, '', { seconds: 0, nowMs: 0 });
}

/** In the order and the spelling of Python's `http.cookies`. */
function writeCookie(scope: CookieScope, value: string, age: CookieAge | undefined): string {
  const { name, path, domain, sameSite, secure, httpOnly } = scope;
  return [
    `${name}=${quote(value)}`,
    domain === undefined ? '' : `Domain=${domain}`,
    age ? `expires=${new Date(age.nowMs + age.seconds * 1000).toUTCString()}` : '',
    httpOnly ? 'HttpOnly' : '',
    age ? `Max-Age=${age.seconds}` : '',
    `Path=${path}`,
    sameSite === undefined ? '' : `SameSite=${sameSite}`,
    secure ? 'Secure' : '',
  ]
    .filter((part) => part !== '')
    .join('; ');
}

/** Python's `http.cookies._quote`; what lies beyond latin-1 goes out as bytes of UTF-8, as which Django and this package read it. */
function quote(value: string): string {
  if (PLAIN_VALUE.test(value)) return value;
  const escape = (char: string): string =>
    char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return Buffer.from(`"${value.replace(ESCAPED, escape)}"`, 'utf8').toString('latin1');
}
