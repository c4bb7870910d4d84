import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { LimitedLog, type LogLine } from '../telemetry/limited-log.js';
import { IGNORED_ERRORS, type IgnoredError } from '../telemetry/channels.js';
import type { Clock } from '../time/clock.js';

/**
 * Logs the errors that these aliases ignore (DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS), with level `error`: for
 * each alias and operation a bounded number of lines a minute, then the number of further ones. Returns a
 * function that ends it. Two caches of one alias in one process can't be told apart.
 */
export function logIgnoredErrors(aliases: ReadonlySet<string>, write: (line: LogLine) => void, clock: Clock): () => void {
  if (aliases.size === 0) return () => undefined;
  const log = new LimitedLog(write, clock);
  const listen = (event: unknown): void => {
    const { alias, operation, error } = event as IgnoredError;
    if (!aliases.has(alias)) return;
    const message = `IGNORE_EXCEPTIONS, ${operation} of '${alias}': ${String((error as Error).message)}`;
    log.tell(`${alias} ${operation}`, { level: 'error', message });
  };
  subscribe(IGNORED_ERRORS, listen);
  return () => {
    unsubscribe(IGNORED_ERRORS, listen);
    log.close();
  };
}
