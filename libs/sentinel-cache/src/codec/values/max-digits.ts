/**
 * The most digits of an integer that Python reads from text or writes as text (CPython's limit), leading
 * zeros included.
 */
export const MAX_DIGITS = 4300;
