/** The attributes that setting and deleting a cookie share. */
export interface CookieScope {
  /** The cookie's name, in ASCII. */
  readonly name: string;
  readonly path: string;
  /** Undefined: the host that answered. */
  readonly domain: string | undefined;
  /** Undefined: the attribute is left out. */
  readonly sameSite: 'Lax' | 'Strict' | 'None' | undefined;
  readonly secure: boolean;
  readonly httpOnly: boolean;
}

/** How long a cookie lives, and from when. */
export interface CookieAge {
  readonly seconds: number;
  /** In milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Values that need no quotes: session keys, signed text. */
const PLAIN_VALUE = /^[\w!#$%&'*+\-.^`|~:]+$/;
/** What has to be escaped inside quotes. */
const ESCAPED = /[\x00-\x1f",;\\\x7f-\xff]/g;

/**
 * Writes Set-Cookie headers of one cookie. All headers of one second have the same attributes, which are
 * written once.
 */
export class CookieWriter {
  private end: { readonly seconds: number; readonly second: number; readonly text: string } | undefined;

  constructor(private readonly scope: CookieScope) {}

  /**
   * Returns a Set-Cookie header. `age` undefined: the cookie ends with the browser. Quotes a value as Django
   * does.
   */
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
 * Returns a Set-Cookie header that deletes the cookie, byte for byte as Django does: empty, expired in 1970,
 * same scope. Secure only where browsers ask for it; never HttpOnly.
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

/**
 * Python's `http.cookies._quote`; text beyond latin-1 leaves as bytes of UTF-8, as which Django and this
 * package read it.
 */
function quote(value: string): string {
  if (PLAIN_VALUE.test(value)) return value;
  const escape = (char: string): string =>
    char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return Buffer.from(`"${value.replace(ESCAPED, escape)}"`, 'utf8').toString('latin1');
}
