import type { INestApplication, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { DjangoSettings } from 'nestjs-sentinel-cache';

import { AppModule } from './app.module.js';
import type { Platform } from './command-line.js';
import { QuietLogger } from './quiet.logger.js';
import { ownHostOnly } from './requests/own-host.js';

/** What a demo is made of. */
export interface DemoOptions {
  readonly platform: Platform;
  readonly settings: DjangoSettings;
  /** What else than loopback and its address it is called by. */
  readonly hostName?: string;
  readonly logger?: LoggerService | false;
}

/** The demo, ready to listen; it listens to nothing yet. It boots with Redis down, too. */
export async function createDemo({
  platform,
  settings,
  hostName,
  logger = new QuietLogger(),
}: DemoOptions): Promise<INestApplication> {
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule.on(settings), adapter, {
    logger,
    abortOnError: false,
    // The page asks every second on connections that it keeps open; they must not hold up the end.
    forceCloseConnections: true,
  });
  return app.use(ownHostOnly(hostName));
}
