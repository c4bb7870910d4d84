import type { KeyFunction } from './key-function.js';

/** What memcached could not store, in Django's words for it. */
export type KeyProblem = 'longer than 250 characters' | 'with spaces or control characters';

const MAX_LENGTH = 250;

/**
 * Lists what memcached would refuse a stored key for; Django counts characters, not bytes, and looks at the
 * full key.
 */
export function problemsOf(storedKey: string): KeyProblem[] {
  const problems: KeyProblem[] = [];
  if (storedKey.length > MAX_LENGTH && Array.from(storedKey).length > MAX_LENGTH) problems.push('longer than 250 characters');
  for (let at = 0; at < storedKey.length; at += 1) {
    const code = storedKey.charCodeAt(at);
    if (code > 32 && code !== 127) continue;
    problems.push('with spaces or control characters');
    break;
  }
  return problems;
}

/** Returns the same keys, and warns of each problem the first time it comes up. Nothing is refused. */
export function warningOfKeys(keyFunction: KeyFunction, warn: (problem: KeyProblem) => void): KeyFunction {
  const told = new Set<KeyProblem>();
  return (key, keyPrefix, version) => {
    const storedKey = keyFunction(key, keyPrefix, version);
    for (const problem of problemsOf(storedKey)) {
      if (told.has(problem)) continue;
      told.add(problem);
      warn(problem);
    }
    return storedKey;
  };
}
