import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { CacheSessionStore as ExpressStore, type CacheSessionStoreOptions } from 'nestjs-sentinel-cache/express-session';
import { CacheSessionStore as FastifyStore } from 'nestjs-sentinel-cache/fastify-session';

import { startExpress, startFastify, type App, type Settings } from './apps.js';

/** What a test looks at in a session. */
export interface SeenSession extends Record<string, unknown> {
  readonly id: string;
  readonly cookie: { readonly originalMaxAge: number | null; readonly expires: Date };
}

/** A store as both libraries call it, in the tests' words. */
export interface AnyStore {
  get(id: string): Promise<SeenSession | null>;
  get(id: string, callback: (error: unknown, session?: SeenSession | null) => void): void;
  set(id: string, session: unknown): Promise<void>;
  set(id: string, session: unknown, callback: (error: unknown) => void): void;
  touch(id: string, session: unknown): Promise<void>;
  touch(id: string, session: unknown, callback: (error: unknown) => void): void;
  destroy(id: string): Promise<void>;
  destroy(id: string, callback: (error: unknown) => void): void;
  all(): Promise<SeenSession[]>;
  all(callback: (error: unknown, sessions?: SeenSession[]) => void): void;
  ids(): Promise<string[]>;
  ids(callback: (error: unknown, ids?: string[]) => void): void;
  length(): Promise<number>;
  length(callback: (error: unknown, length?: number) => void): void;
  clear(): Promise<void>;
  clear(callback: (error: unknown) => void): void;
}

export interface Library {
  readonly store: (cache: SentinelCache, options?: CacheSessionStoreOptions) => AnyStore;
  readonly app: (cache: SentinelCache, settings?: Settings, options?: CacheSessionStoreOptions) => Promise<App>;
}

export const LIBRARIES: [name: string, library: Library][] = [
  [
    'express-session',
    {
      store: (cache, options) => new ExpressStore(cache, options) as unknown as AnyStore,
      app: (cache, settings, options) => startExpress(new ExpressStore(cache, options), settings),
    },
  ],
  [
    '@fastify/session',
    {
      store: (cache, options) => new FastifyStore(cache, options) as unknown as AnyStore,
      app: (cache, settings, options) => startFastify(new FastifyStore(cache, options), settings),
    },
  ],
];

/** Caches on that Redis, as a user would write them; the deadline is short, for the tests of outages. */
export function cachesOn(url: string, more: Record<string, unknown> = {}): SentinelCaches {
  return createCaches({
    default: { BACKEND: 'redis', LOCATION: url, KEY_PREFIX: 'app', OPTIONS: { deadline: '2s' }, ...more },
  });
}

/** Calls a method that takes a callback last. */
export function ask<T = unknown>(call: (callback: (error: unknown, value?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error as Error) : resolve(value))));
}

/** A session as a library would hand it to a store. */
export function sessionFor(ms: number | null, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const expires = ms === null ? null : new Date(Date.now() + ms);
  return { cookie: { originalMaxAge: ms, expires, httpOnly: true, path: '/' }, ...fields };
}
