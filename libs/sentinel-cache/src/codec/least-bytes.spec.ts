import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { takesMoreThan } from './least-bytes.js';
import { createJsonSerializer } from './serializers/json/json.serializer.js';
import { createMsgpackSerializer } from './serializers/msgpack/msgpack.serializer.js';
import { createPickleSerializer } from './serializers/pickle/pickle.serializer.js';

const MEGABYTE = 1_000_000;
const text = 'x'.repeat(MEGABYTE);

describe('takesMoreThan', () => {
  it.each<[string, unknown]>([
    ['text', text],
    ['bytes', Buffer.alloc(MEGABYTE)],
    ['a typed array', new Float64Array(MEGABYTE / 8)],
    ['text far inside', { rows: [{ body: { html: text } }] }],
    ['many small parts', Array.from({ length: MEGABYTE }, () => 1)],
    ['many rows', Array.from({ length: 1000 }, (_, id) => ({ id, body: 'y'.repeat(1000) }))],
  ])('knows %s of a megabyte for large without writing it', (_what, value) => {
    expect(takesMoreThan(value, MEGABYTE / 2)).toBe(true);
    expect(takesMoreThan(value, 10 * MEGABYTE)).toBe(false);
  });

  it('never calls a value larger than any of the serializers makes it', () => {
    const serializers = [createPickleSerializer(), createJsonSerializer(), createMsgpackSerializer()];
    const shared = { text: 'shared by several' };
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 20 }), (json, copies) => {
        const value = [json, ...Array.from({ length: copies }, () => shared)];
        for (const { dumps } of serializers) expect(takesMoreThan(value, dumps(value).length)).toBe(false);
      }),
    );
  });

  it('looks at nothing when there is no bound', () => {
    const endless: number[] = [];
    endless.length = 4_000_000_000;
    expect(takesMoreThan({ endless }, Infinity)).toBe(false);
    expect(takesMoreThan({ endless }, 10 * MEGABYTE)).toBe(true);
  });

  it('runs nothing of the user´s, and ends with what goes in a circle', () => {
    const never = (): never => {
      throw new Error('this ran');
    };
    const circle: Record<string, unknown> = { text };
    circle.self = [circle];
    const values = [
      {
        get text() {
          return never();
        },
      },
      new Proxy([text], { get: never, getOwnPropertyDescriptor: never, ownKeys: never, getPrototypeOf: never }),
      { text, toJSON: never },
      new (class {
        text = text;
      })(),
      Object.assign([1, 2], { [Symbol.iterator]: never }),
      circle,
      undefined,
      Symbol('none'),
    ];
    for (const value of values) expect(takesMoreThan(value, 2 * MEGABYTE)).toBe(false);
    expect(takesMoreThan(circle, MEGABYTE)).toBe(true);
  });
});
