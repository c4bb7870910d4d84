import type { KeyFunction } from './key-function.js';

/** What memcached could not store, in Django's words for it. */
export type KeyTrouble = 'longer than 250 characters' | 'with spaces or control characters';

const MAX_LENGTH = 250;

/**
 * Lists what memcached would refuse a stored key for; Django counts characters, not bytes, and looks at the
 * full key.
 */
export function troublesOf(storedKey: string): KeyTrouble[] {
  const troubles: KeyTrouble[] = [];
  if (storedKey.length > MAX_LENGTH && Array.from(storedKey).length > MAX_LENGTH) troubles.push('longer than 250 characters');
  for (let at = 0; at < storedKey.length; at += 1) {
    const code = storedKey.charCodeAt(at);
    if (code > 32 && code !== 127) continue;
    troubles.push('with spaces or control characters');
    break;
  }
  return troubles;
}

/** Returns the same keys, and warns of each problem the first time it comes up. Nothing is refused. */
export function warningOfKeys(keyFunction: KeyFunction, warn: (trouble: KeyTrouble) => void): KeyFunction {
  const told = new Set<KeyTrouble>();
  return (key, keyPrefix, version) => {
    const storedKey = keyFunction(key, keyPrefix, version);
    for (const trouble of troublesOf(storedKey)) {
      if (told.has(trouble)) continue;
      told.add(trouble);
      warn(trouble);
    }
    return storedKey;
  };
}
