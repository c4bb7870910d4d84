import { CommandRejectedError } from '../errors/command-rejected.error.js';
import type { OperationEvent } from '../telemetry/operation-event.js';
import { errorLabel } from './error-label.js';

/** Attributes of a span or a measurement. */
export type Attributes = Record<string, string | number>;

/**
 * Returns the attributes that name an operation, by the conventions for Redis clients (`db.system.name`,
 * `db.operation.name`). The operation is the cache's method, since one method may be several commands.
 * `redis` is false for locmem and dummy: those are not databases.
 */
export function operationAttributes({ alias, operation }: OperationEvent, redis: boolean): Attributes {
  const database: Attributes = redis ? { 'db.system.name': 'redis', 'db.operation.name': operation } : {};
  return { ...database, 'sentinel_cache.alias': alias, 'sentinel_cache.operation': operation };
}

/**
 * Returns the attributes that the end of an operation adds to a span. By the conventions several keys of one
 * call (MGET) are not a batch, so they have a name of our own. The error's message stays out: it may name a
 * key.
 */
export function outcomeAttributes({ keys, outcome, hits, misses, error }: OperationEvent): Attributes {
  return {
    'sentinel_cache.keys': keys,
    ...(outcome === undefined ? {} : { 'sentinel_cache.outcome': outcome }),
    ...(hits === undefined ? {} : { 'sentinel_cache.hits': hits }),
    ...(misses === undefined ? {} : { 'sentinel_cache.misses': misses }),
    ...(outcome === 'error' ? { 'error.type': errorLabel(error) } : {}),
    ...(error instanceof CommandRejectedError ? { 'db.response.status_code': errorLabel(error) } : {}),
  };
}
