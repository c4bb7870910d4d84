import { CommandRejectedError } from '../errors/command-rejected.error.js';
import type { OperationEvent } from '../telemetry/operation-event.js';
import { errorLabel } from './error-label.js';

export type Attributes = Record<string, string | number>;

/**
 * What an operation is called in OpenTelemetry: the conventions for Redis clients (`db.system.name`, `db.operation.name`), with the cache's
 * method as the operation, since one method may be several commands. `redis` is false for locmem and dummy: those are no database.
 */
export function operationAttributes({ alias, operation }: OperationEvent, redis: boolean): Attributes {
  const database: Attributes = redis ? { 'db.system.name': 'redis', 'db.operation.name': operation } : {};
  return { ...database, 'sentinel_cache.alias': alias, 'sentinel_cache.operation': operation };
}

/**
 * What its end adds to a span. Several keys of one call are no batch by the conventions (MGET), so they have a name of our own.
 * The error's message stays out: it may name a key.
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
