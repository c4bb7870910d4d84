import { describe, expect, it } from '@jest/globals';

import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CodecError } from '../errors/codec.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { errorLabel } from './error-label.js';
import { operationAttributes, outcomeAttributes } from './operation-attributes.js';

describe('the label of an error', () => {
  it.each([
    [new CacheUnavailableError('deadline', false, 'secret:key at 10.0.0.1:6379'), 'deadline'],
    [new CommandRejectedError('WRONGTYPE', 'WRONGTYPE secret:key'), 'WRONGTYPE'],
    [new CommandRejectedError('OOM', 'OOM command not allowed'), 'OOM'],
    [new CommandRejectedError('USER42', 'USER42 a script said so'), '_OTHER'],
    [new CodecError('unreadable', { key: 'secret:key' }), 'SENTINEL_CACHE_CODEC'],
    [new TypeError('secret:key'), '_OTHER'],
    ['secret:key', '_OTHER'],
    [undefined, '_OTHER'],
  ])('of %p is %s: one of a bounded set', (error, label) => {
    expect(errorLabel(error)).toBe(label);
  });
});

describe('what an operation is called in OpenTelemetry', () => {
  const event = { alias: 'default', operation: 'getMany', keys: 3 } as const;

  it('is a call of a Redis client by the conventions', () => {
    expect(operationAttributes(event, true)).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'getMany',
      'sentinel_cache.alias': 'default',
      'sentinel_cache.operation': 'getMany',
    });
  });

  it('is no database call on locmem and dummy', () => {
    expect(Object.keys(operationAttributes(event, false)).filter((name) => name.startsWith('db.'))).toEqual([]);
  });

  it('tells keys, hits and misses as numbers, and calls several keys no batch', () => {
    expect(outcomeAttributes({ ...event, outcome: 'done', hits: 2, misses: 1 })).toEqual({
      'sentinel_cache.keys': 3,
      'sentinel_cache.outcome': 'done',
      'sentinel_cache.hits': 2,
      'sentinel_cache.misses': 1,
    });
  });

  it('tells a refusal with the code of Redis, an outage with its reason, and no message of either', () => {
    const refused = new CommandRejectedError('WRONGTYPE', 'WRONGTYPE secret');
    expect(outcomeAttributes({ ...event, outcome: 'error', error: refused })).toMatchObject({
      'error.type': 'WRONGTYPE',
      'db.response.status_code': 'WRONGTYPE',
    });
    const outage = outcomeAttributes({
      ...event,
      outcome: 'error',
      error: new CacheUnavailableError('no-primary', false, 'secret'),
    });
    expect(outage).toMatchObject({ 'error.type': 'no-primary' });
    expect(JSON.stringify(outage)).not.toMatch(/secret|status_code/);
  });
});
