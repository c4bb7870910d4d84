import { ConsoleLogger } from '@nestjs/common';
import { CommandRejectedError, isOutage } from 'nestjs-sentinel-cache';

/** The beginning of a cache's message, and the code when these are the words of Redis. */
const WORDS = /\bCache '[^']*', \w+(?:\(.*?\))?: (?:([A-Z]{2,})\b)?/;
const BOOT = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Nest's logger without its forty lines at boot, so that what happens to Redis can be seen. */
export class QuietLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (!BOOT.has(String(rest.at(-1)))) super.log(message, ...rest);
  }

  /** While Redis refuses, these two would write line after line; that it does is in the log already. */
  override error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    const words = context === 'CacheInterceptor' ? rest[0] : context === 'SentinelSession' ? message : undefined;
    if (!tellsOfOutage(words)) super.error(message, ...rest);
  }
}

/** Whether it is an outage that these words are about: in a log line there is no error to ask. */
function tellsOfOutage(words: unknown): boolean {
  const match = typeof words === 'string' ? WORDS.exec(words) : null;
  if (!match) return false;
  const [text, code] = match;
  return code === undefined || isOutage(new CommandRejectedError(code, text));
}
