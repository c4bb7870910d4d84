import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { lazyBody } from './lazy-body.js';

describe('lazyBody', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each(['[{"a":1},2]', '{"a":1}'])('%s is not read for what frameworks look at', (json) => {
    const body = lazyBody(Buffer.from(json), 'application/json; charset=utf-8') as Record<string | symbol, unknown>;
    const parse = jest.spyOn(JSON, 'parse');
    const looks = [
      'then',
      'pipe',
      'subscribe',
      'schedule',
      'getStream',
      Symbol.asyncIterator,
      Symbol.toStringTag,
      Symbol.toPrimitive,
    ];
    for (const name of looks) expect(body[name]).toBeUndefined();
    expect(Object.prototype.toString.call(body)).toBe(json.startsWith('[') ? '[object Array]' : '[object Object]');
    expect(parse).not.toHaveBeenCalled();
  });

  it.each(['[{"a":1},2]', '{"a":1}'])('%s may be frozen, as the value of a handler may', (json) => {
    const body = Object.freeze(lazyBody(Buffer.from(json), 'application/json') as object);
    expect([JSON.stringify(body), Object.isFrozen(body), Object.keys(body)]).toEqual([json, true, Object.keys(JSON.parse(json))]);
  });

  it('is the value of the body for who looks into it', () => {
    const list = lazyBody(Buffer.from('[{"a":1},2]'), 'application/json') as unknown[];
    expect([...list]).toEqual([{ a: 1 }, 2]);
    expect(list.map((item) => typeof item)).toEqual(['object', 'number']);
    expect(JSON.stringify(list)).toBe('[{"a":1},2]');
    const { a } = lazyBody(Buffer.from('{"a":1}'), 'application/json') as { a: number };
    expect(a).toBe(1);
    expect(lazyBody(Buffer.from('text'), 'text/plain')).toBe('text');
  });
});
