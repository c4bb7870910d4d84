import { ConsoleLogger } from '@nestjs/common';

const BOOT = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Nest's logger without its forty lines at boot, so that what happens to Redis can be seen. */
export class QuietLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (!BOOT.has(String(rest.at(-1)))) super.log(message, ...rest);
  }

  /** CacheInterceptor tells of each answer that it could not store; a line is enough for that. */
  override error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (context === 'CacheInterceptor') super.warn('The answer could not be stored: the cache is away.', context);
    else super.error(message, ...rest);
  }
}
