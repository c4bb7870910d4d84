import type { Server } from 'node:http';

import type { MiddlewareConsumer } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';

import { createExpressSession, type ExpressLike } from '../session/platform/express.middleware.js';
import { installFastifySession, type FastifyLike } from '../session/platform/fastify.plugin.js';
import type { Sessions } from '../session/sessions.js';
import { createSessionLog } from './session.providers.js';

const EVERYWHERE = '{*path}';

/**
 * Installs sessions on an Express application and its server, and as a middleware for requests that come
 * another way (serverless).
 */
export function useExpressSessions({ httpAdapter }: HttpAdapterHost, consumer: MiddlewareConsumer, sessions: Sessions): void {
  const session = createExpressSession(sessions.exchange, createSessionLog('error'));
  session.installOn(httpAdapter.getInstance<ExpressLike>());
  const server = httpAdapter.getHttpServer() as Server | undefined;
  if (server) session.attachTo(server);
  consumer.apply(session.middleware).forRoutes(EVERYWHERE);
}

/**
 * Installs sessions on a Fastify application by hooks. Call it before Fastify is ready. Throws
 * ImproperlyConfiguredError.
 */
export function useFastifySessions({ httpAdapter }: HttpAdapterHost, sessions: Sessions): void {
  installFastifySession(httpAdapter.getInstance<FastifyLike>(), sessions.exchange, createSessionLog('error'));
}

/** Returns the platform of an application; undefined where nothing is served (workers, scripts). */
export function platformOf(host: HttpAdapterHost | undefined): 'express' | 'fastify' | undefined {
  const type: unknown = host?.httpAdapter?.getType();
  return type === 'express' || type === 'fastify' ? type : undefined;
}
