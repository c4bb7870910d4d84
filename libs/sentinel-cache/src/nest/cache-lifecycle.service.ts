import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { SentinelCaches } from '../cache/sentinel-caches.js';

/**
 * Connects in the background when the application starts, so that it boots with Redis down. Closes every
 * connection after the HTTP server has stopped, so that the last requests still have their cache and their
 * session.
 */
@Injectable()
export class CacheLifecycleService implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly caches: SentinelCaches) {}

  /** Connects in the background when Nest boots. Never throws. */
  onModuleInit(): void {
    this.caches.start();
  }

  /** Closes every connection within a second when Nest shuts down. Never rejects. */
  async onApplicationShutdown(): Promise<void> {
    await this.caches.close();
  }
}
