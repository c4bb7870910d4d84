import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { LimitedLog, type LogLine } from '../telemetry/limited-log.js';
import { IGNORED_ERRORS, type IgnoredError } from '../telemetry/channels.js';
import type { Clock } from '../time/clock.js';

/**
 * DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS: a line of level `error` for what these aliases ignore; of one alias
 * and operation a bounded number a minute, and then how many more there were. Gives back what ends it.
 * Aliases of one name in one process are not told apart.
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
