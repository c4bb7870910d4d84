/** Builds a stored key. Django's KEY_FUNCTION. */
export type KeyFunction = (key: string, keyPrefix: string, version: string) => string;

/**
 * Gets the user's key back from a stored one. Django's REVERSE_KEY_FUNCTION; the version, where it is known,
 * is ours.
 */
export type ReverseKeyFunction = (storedKey: string, version?: string) => string;
