import type { INestApplication, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { LocalSentinel } from 'local-sentinel';
import type { DjangoSettings } from 'nestjs-sentinel-cache';

import { AppModule } from './app.module.js';
import type { Platform } from './command-line.js';
import { ProblemFilter, type AskedFor } from './pages/problem.filter.js';
import { QuietLogger } from './quiet.logger.js';
import { ownHostOnly } from './requests/own-host.js';
import { serverTiming } from './requests/server-timing.js';

/** What a demo is made of. */
export interface DemoOptions {
  readonly platform: Platform;
  readonly settings: DjangoSettings;
  /** What else than loopback and its address it is called by. */
  readonly hostName?: string;
  readonly logger?: LoggerService | false;
  /** The servers that the buttons of the page kill; without them there are no buttons. */
  readonly servers?: LocalSentinel | undefined;
}

/** The demo, ready to listen; it listens to nothing yet. It boots with Redis down, too. */
export async function createDemo({
  platform,
  settings,
  hostName,
  logger = new QuietLogger(),
  servers,
}: DemoOptions): Promise<INestApplication> {
  const adapter = platform === 'fastify' ? fastifyWith(() => app.get(ProblemFilter)) : new ExpressAdapter();
  const app: INestApplication = await NestFactory.create(AppModule.on(settings, servers), adapter, {
    logger,
    abortOnError: false,
    // The page keeps its connections open; they must not hold up the end.
    forceCloseConnections: true,
  });
  return app.use(ownHostOnly(hostName)).use(serverTiming());
}

/** Its router refuses some addresses before Nest sees them: those that can't be decoded, and endless ones. */
function fastifyWith(filter: () => ProblemFilter): FastifyAdapter {
  return new FastifyAdapter({
    frameworkErrors: (error: Error, request: AskedFor, reply: object) => {
      if (!filter().showPage(error, request, reply)) (reply as { send(error: Error): unknown }).send(error);
    },
  });
}
