import { Injectable } from '@nestjs/common';
import { CacheUnavailableError, CommandRejectedError, SentinelCaches } from 'nestjs-sentinel-cache';

/** Up: a write went to the primary and its answer came back. Down: why not. */
export type Health =
  | { readonly status: 'up'; readonly roundTripMs: number }
  | { readonly status: 'down'; readonly reason: string; readonly message: string };

@Injectable()
export class HealthService {
  constructor(private readonly caches: SentinelCaches) {}

  /** Asks by doing: a primary that answers but refuses writes is no healthy one. */
  async ask(): Promise<Health> {
    const began = performance.now();
    try {
      await this.caches.strict('default').set('operations:health', Date.now(), '10s');
      return { status: 'up', roundTripMs: Math.round((performance.now() - began) * 100) / 100 };
    } catch (error) {
      if (error instanceof CacheUnavailableError) return { status: 'down', reason: error.reason, message: error.message };
      if (error instanceof CommandRejectedError) return { status: 'down', reason: error.redisCode, message: error.message };
      throw error;
    }
  }
}
