import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

import type { INestApplication, LoggerService, Provider, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SentinelCacheModule, type DjangoSettings, type SentinelCacheModuleOptions } from 'nestjs-sentinel-cache';

import { PAGE_WAITS_MS } from '../../../libs/sentinel-cache/src/http/page-cache.tokens.js';

export type Platform = 'Express' | 'Fastify';
export const PLATFORMS: readonly Platform[] = ['Express', 'Fastify'];

// eslint-disable-next-line typescript/no-explicit-any -- what a test expects of it is what it checks
type Json = any;

/** A response as it came over the wire. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body read as JSON; throws when it is none. */
  readonly json: Json;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

export interface PageApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly ask: (path: string, options?: AskOptions) => Promise<HttpResponse>;
}

export interface PageAppOptions {
  readonly platform: Platform;
  readonly settings: DjangoSettings;
  readonly controllers: Type[];
  /** Modules beside that of the cache. */
  readonly imports?: Type[];
  readonly providers?: Provider[];
  readonly options?: SentinelCacheModuleOptions;
  readonly logger?: LoggerService;
  /** Whether requests wait for Redis as long as they really do, which it may need on a busy machine. Omitted: longer. */
  readonly lookupsEnd?: boolean;
  /** An adapter of the test's own. */
  readonly adapter?: FastifyAdapter;
  /** Changes the application before it listens: plugins, middlewares, versions. */
  readonly prepare?: (app: INestApplication) => unknown;
}

/** A small application with pages, on either platform, over a real socket. */
export async function startPageApp(options: PageAppOptions): Promise<PageApp> {
  const { platform, settings, controllers, imports = [], providers = [], logger, lookupsEnd = false, prepare } = options;
  const building = Test.createTestingModule({
    imports: [SentinelCacheModule.forRoot(lookupsEnd ? settings : withPatience(settings), options.options), ...imports],
    controllers,
    providers,
  }).setLogger(logger ?? { log: () => undefined, warn: () => undefined, error: () => undefined });
  if (!lookupsEnd) building.overrideProvider(PAGE_WAITS_MS).useValue(60_000);
  const testing = await building.compile();
  const adapter = options.adapter ?? (platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter());
  const app = testing.createNestApplication(adapter as ExpressAdapter);
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return { app, url, ask: (path, how) => ask(`${url}${path}`, how) };
}

/** Storing, too, may take longer than the default deadline on a busy machine. */
function withPatience(settings: DjangoSettings): DjangoSettings {
  const caches = Object.entries((settings as { CACHES: Record<string, { BACKEND: string; OPTIONS?: object }> }).CACHES);
  const patient = caches.map(([alias, config]) => [
    alias,
    config.BACKEND === 'redis' ? { ...config, OPTIONS: { deadline: '30s', ...config.OPTIONS } } : config,
  ]);
  return { ...settings, CACHES: Object.fromEntries(patient) } as DjangoSettings;
}

/** Sends a request as it is: the path unescaped, the headers and no others. */
export function ask(url: string, { method = 'GET', headers = {}, body }: AskOptions = {}): Promise<HttpResponse> {
  const { hostname, port } = new URL(url);
  const path = url.slice(url.indexOf('/', 'http://'.length));
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(responseOf(response.statusCode!, response.headers, Buffer.concat(chunks))));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function responseOf(status: number, headers: IncomingHttpHeaders, body: Buffer): HttpResponse {
  const text = body.toString('utf8');
  return {
    status,
    headers,
    body,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

/** What our cache said of a response, without its times. */
export function said({ headers }: HttpResponse): string {
  return String(headers['cache-status'] ?? '').replace(/; ttl=-?\d+/, '');
}
