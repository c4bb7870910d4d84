import { Logger, type MiddlewareConsumer } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';

import { createExpressSession } from '../session/express.middleware.js';
import { installFastifySession, type FastifyLike } from '../session/fastify.plugin.js';
import type { Sessions } from '../session/sessions.js';
import { explain } from './session.providers.js';

const EVERYWHERE = '{*path}';
const logger = (error: unknown): void => new Logger('SentinelSession').error(explain(error));

/** Express: a middleware before every route. */
export function useExpressSessions(consumer: MiddlewareConsumer, sessions: Sessions): void {
  consumer.apply(createExpressSession(sessions.exchange, logger)).forRoutes(EVERYWHERE);
}

/** Fastify: hooks, before it is ready. */
export function useFastifySessions({ httpAdapter }: HttpAdapterHost, sessions: Sessions): void {
  installFastifySession(httpAdapter.getInstance<FastifyLike>(), sessions.exchange, logger);
}

/** Which of the two serves this application; undefined where nothing is served (workers, scripts). */
export function platformOf(host: HttpAdapterHost | undefined): 'express' | 'fastify' | undefined {
  const type: unknown = host?.httpAdapter?.getType();
  return type === 'express' || type === 'fastify' ? type : undefined;
}
