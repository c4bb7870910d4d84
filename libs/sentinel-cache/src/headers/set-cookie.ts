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

/** A Set-Cookie header. `age` undefined: the cookie ends with the browser. The value is written plainly, as Django does. */
export function writeCookie(
  scope: CookieScope,
  value: string,
  age: { readonly seconds: number; readonly nowMs: number } | undefined,
): string {
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

function lifetime({ seconds, nowMs }: { readonly seconds: number; readonly nowMs: number }) {
  return { maxAge: seconds, expires: new Date(nowMs + seconds * 1000) };
}
