import { readClientName } from './connection-arguments.js';
import { readBoolean, readDurationMs, readInteger } from '../read/read-values.js';
import type { RedisCacheConfig } from '../shapes/resolved-settings.js';
import { isDict, type SettingReader } from '../read/setting-reader.js';
import { readNearCache } from './near-cache.js';
import { DEFAULTS } from '../shapes/defaults.js';
import type { GateConfig } from '../shapes/resolved-connection.js';

/** The camelCase keys of OPTIONS, which Django does not have. */
export interface OwnOptions {
  readonly deadlineMs: number | undefined;
  readonly gate: GateConfig;
  readonly breakerFailures: number;
  readonly coalesce: boolean;
  /** What of them is the cache's and not the connection's. */
  readonly cache: Pick<RedisCacheConfig, 'failsFast' | 'maxValueBytes' | 'maxDecodedBytes' | 'nearCache' | 'tags'>;
  readonly clientName: string | undefined;
  /** What maxValueBytes says of a compressed value. */
  readonly maxPlainBytes: number;
}

/** Reads the camelCase options of a cache on Redis. */
export function readOwnOptions(options: SettingReader): OwnOptions {
  const { failures, failsFast } = readCircuitBreaker(options);
  const maxValueBytes = readInteger(options, 'maxValueBytes', { min: 1 });
  return {
    deadlineMs: readDurationMs(options, 'deadline'),
    gate: readGate(options.sub('gate')),
    breakerFailures: failures,
    coalesce: readBoolean(options, 'coalesce') ?? DEFAULTS.coalesce,
    cache: {
      failsFast,
      tags: readBoolean(options, 'tags') ?? DEFAULTS.tags,
      maxValueBytes: maxValueBytes ?? DEFAULTS.maxValueBytes,
      maxDecodedBytes: readInteger(options, 'maxDecodedBytes', { min: 1 }) ?? DEFAULTS.maxDecodedBytes,
      nearCache: readNearCache(options),
    },
    clientName: readClientName(options, 'clientName'),
    maxPlainBytes: maxValueBytes ?? DEFAULTS.maxPlainBytes,
  };
}

function readGate(gate: SettingReader): GateConfig {
  const bound = (name: keyof GateConfig) => readInteger(gate, name, { min: 1 }) ?? DEFAULTS.gate[name];
  const config: GateConfig = {
    queuedCommands: bound('queuedCommands'),
    queuedBytes: bound('queuedBytes'),
    inFlightCommands: bound('inFlightCommands'),
    inFlightBytes: bound('inFlightBytes'),
  };
  gate.rejectUnknown();
  return Object.freeze(config);
}

/**
 * true and false tell which calls fail fast; an object may also give the number of failures that open the
 * breaker.
 */
function readCircuitBreaker(options: SettingReader): { failures: number; failsFast: RedisCacheConfig['failsFast'] } {
  const name = 'circuitBreaker';
  const value = options.take(name);
  if (value !== undefined && typeof value !== 'boolean' && !isDict(value)) {
    options.reject(name, {
      expected: 'true, false, or an object',
      remedy: 'Write true (every call fails fast), false (none does), { failures: 3 }, or leave it out.',
    });
  }
  const dict = isDict(value) ? options.sub(name) : undefined;
  const failFast = typeof value === 'boolean' ? value : dict && readBoolean(dict, 'failFast');
  const failures = (dict && readInteger(dict, 'failures', { min: 1 })) ?? DEFAULTS.breakerFailures;
  dict?.rejectUnknown();
  return { failures, failsFast: failFast === undefined ? 'when-ignoring' : failFast ? 'always' : 'never' };
}
