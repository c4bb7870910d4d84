import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../../errors/codec.error.js';
import { createJsonSerializer } from './json/json.serializer.js';
import { createMsgpackSerializer } from './msgpack/msgpack.serializer.js';
import { createPickleSerializer } from './pickle/pickle.serializer.js';

describe.each([
  ['JSON', createJsonSerializer()],
  ['MessagePack', createMsgpackSerializer()],
  ['pickle', createPickleSerializer()],
])('objects whose content is not in their fields: %s', (_, serializer) => {
  class Secret {
    readonly #value = 1;
    get [Symbol.toStringTag](): string {
      return `Secret${this.#value}`;
    }
  }
  it.each<[string, object]>([
    ['RegExp', /x/],
    ['WeakMap', new WeakMap()],
    ['WeakRef', new WeakRef({})],
    ['Error', new Error('x')],
    ['Response', new Response('x')],
    ['Headers', new Headers({ a: 'b' })],
    ['ReadableStream', new ReadableStream()],
    ['Blob', new Blob(['x'])],
    ['Intl.NumberFormat', new Intl.NumberFormat('en')],
    ['AsyncGenerator', (async function* () {})()],
    ['Secret1', new Secret()],
  ])('%s is refused, not stored as {}', (type, value) => {
    for (const given of [value, [value], { at: value }]) {
      expect(() => serializer.dumps(given)).toThrow(CodecError);
      expect(() => serializer.dumps(given)).toThrow(`a value of type ${type} has no content to store`);
    }
  });

  it('a Promise is refused with its remedy', () => {
    expect(() => serializer.dumps({ at: Promise.resolve(1) })).toThrow("value.at can't be written");
    expect(() => serializer.dumps(Promise.resolve(1))).toThrow('it is a Promise; await it first');
  });

  it('what has fields, or says by toJSON what it is, is stored', () => {
    class Tagged {
      readonly id = 1;
      readonly [Symbol.toStringTag] = 'Tagged';
    }
    const { URL: Address } = globalThis;
    const values = [
      new (class Empty {})(),
      new Tagged(),
      new Address('http://a.test/'),
      Object.assign(new Error('x'), { code: 'E' }),
    ];
    const given = values.map((value) => serializer.loads(serializer.dumps(value)));
    expect(given).toEqual([{}, { id: 1 }, 'http://a.test/', { code: 'E' }]);
  });
});
