import { stringifySetCookie } from 'cookie';

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

/** Session keys and signed values: nothing in them that a cookie's value may not hold. */
const PLAIN_VALUE = /^[\w.:-]+$/;

/** Writes Set-Cookie headers of one cookie. All headers of one second end alike, so that the end is written once a second. */
export class CookieWriter {
  private end: { readonly seconds: number; readonly second: number; readonly text: string } | undefined;

  constructor(private readonly scope: CookieScope) {}

  /** A Set-Cookie header. `age` undefined: the cookie ends with the browser. The value is written plainly, as Django does. */
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

function writeCookie(scope: CookieScope, value: string, age: CookieAge | undefined): string {
  return stringifySetCookie({ ...attributes(scope), value, ...(age ? lifetime(age) : {}) }, PLAIN);
}

/**
 * A Set-Cookie header that deletes the cookie (S-45): empty, over since 1970, same scope. Secure only where browsers ask for it; never
 * HttpOnly, as in Django.
 */
export function deleteCookie(scope: CookieScope): string {
  const secure = scope.sameSite === 'None' || scope.name.startsWith('__Secure-') || scope.name.startsWith('__Host-');
  const gone = { maxAge: 0, expires: new Date(0) };
  return stringifySetCookie({ ...attributes({ ...scope, secure, httpOnly: false }), value: '', ...gone }, PLAIN);
}

const PLAIN = { encode: (value: string): string => value };

function attributes({ name, path, domain, sameSite, secure, httpOnly }: CookieScope) {
  return {
    name,
    path,
    ...(domain === undefined ? {} : { domain }),
    ...(sameSite === undefined ? {} : { sameSite: sameSite.toLowerCase() as 'lax' | 'strict' | 'none' }),
    ...(secure ? { secure } : {}),
    ...(httpOnly ? { httpOnly } : {}),
  };
}

function lifetime({ seconds, nowMs }: CookieAge) {
  return { maxAge: seconds, expires: new Date(nowMs + seconds * 1000) };
}
