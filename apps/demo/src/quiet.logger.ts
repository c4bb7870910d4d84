import { ConsoleLogger } from '@nestjs/common';

import { tellsStateOfRedis } from './operations/state-of-redis.js';

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
    if (!tellsStateOfRedis(words)) super.error(message, ...rest);
  }
}
