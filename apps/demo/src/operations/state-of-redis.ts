import { CacheUnavailableError, CommandRejectedError } from 'nestjs-sentinel-cache';

/** What Redis refuses because of the state that it is in. Any other refusal is a mistake of the program. */
const STATES = ['OOM', 'NOREPLICAS', 'MISCONF', 'BUSY', 'READONLY', 'LOADING', 'MASTERDOWN'];
/** Cache 'default', SET: OOM ... is one; so is anything that does not begin with a code of Redis. */
const WORDS = new RegExp(`\\bCache '[^']*', \\w+: (?:(?:${STATES.join('|')})\\b|(?![A-Z]{2}))`);

/** Whether a call failed for the state that Redis is in: away, full, busy. Each change of it has one line in the log already. */
export function isStateOfRedis(error: unknown): error is CacheUnavailableError | CommandRejectedError {
  return error instanceof CacheUnavailableError || (error instanceof CommandRejectedError && STATES.includes(error.redisCode));
}

/** The same, read from the words of an error where that is all there is. */
export function tellsStateOfRedis(words: unknown): boolean {
  return typeof words === 'string' && WORDS.test(words);
}
