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

  /** Called by Nest at boot: connects in the background, and never throws. */
  onModuleInit(): void {
    this.caches.start();
  }

  /** Called by Nest when it shuts down: closes every connection within a second. Never rejects. */
  async onApplicationShutdown(): Promise<void> {
    await this.caches.close();
  }
}
