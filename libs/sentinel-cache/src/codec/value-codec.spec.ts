import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../errors/codec.error.js';
import { createJsonSerializer } from './serializers/json/json.serializer.js';
import { createMsgpackSerializer } from './serializers/msgpack/msgpack.serializer.js';
import { createPickleSerializer } from './serializers/pickle/pickle.serializer.js';
import { createValueCodec } from './value-codec.js';

const codec = createValueCodec(createPickleSerializer());
const where = { alias: 'default', key: ':1:user' };

function failure(action: () => unknown): CodecError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodecError) return error;
  }
  throw new Error('expected a CodecError');
}

describe('value codec', () => {
  it('W-1: integers bypass the serializer, bools and text of digits do not', () => {
    expect(codec.encode(42)).toBe('42');
    expect(codec.encode(7n)).toBe('7');
    expect(codec.encode(true).toString('hex')).toBe('8004882e');
    expect(codec.encode('42').toString('hex')).toBe('80049506000000000000008c023432942e');
  });

  it('(fault 37) more stored bytes than allowed are an error before anything is sent; exactly as many are not', () => {
    const bounded = createValueCodec(createPickleSerializer(), { maxBytes: 22 });
    expect(Buffer.byteLength(bounded.encode('1234567'))).toBe(22);
    const error = failure(() => bounded.encode('12345678', where));
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC', executed: false, alias: 'default', key: ':1:user' });
    expect(error.message).toContain('maxValueBytes');
    expect(error.message).not.toContain('12345678');
  });

  it('W-3: integers are read first', () => {
    expect(codec.decode(Buffer.from(' 42\n'))).toBe(42);
    expect(codec.decode(Buffer.from('8004882e', 'hex'))).toBe(true);
  });

  it('names alias, key and path of what can not be written', () => {
    const error = failure(() => codec.encode({ items: [1, 2, 3, { fn: () => 'secret' }] }, where));
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC', alias: 'default', key: ':1:user', executed: false });
    expect(error.message).toContain('value.items[3].fn');
    expect(error.message).not.toContain('secret');
  });

  it('names alias and key of what can not be read, and shows none of it', () => {
    const error = failure(() => codec.decode(Buffer.from('secret'), where));
    expect(error).toMatchObject({ alias: 'default', key: ':1:user' });
    expect(error.message).not.toContain('secret');
  });

  it("turns the errors of a user's own serializer into a CodecError with that cause", () => {
    const cause = new Error('mine');
    const fail = (): never => {
      throw cause;
    };
    const own = createValueCodec({ dumps: fail, loads: fail });
    expect(failure(() => own.encode('x', where)).cause).toBe(cause);
    expect(failure(() => own.decode(Buffer.from('x'), where)).cause).toBe(cause);
    expect(own.encode(1)).toBe('1');
  });

  it('undefined is no value, and an integer that Python would not read neither', () => {
    expect(failure(() => codec.encode(undefined)).message).toContain('undefined');
    expect(failure(() => codec.encode(10n ** 5000n, where)).alias).toBe('default');
  });

  it("says which method of a user's own gave no Buffer, and survives one that is asynchronous by mistake", async () => {
    const late = async (): Promise<never> => Promise.reject(new Error('nobody waits for this'));
    const own = createValueCodec({ dumps: late as never, loads: late as never });
    expect(failure(() => own.encode('x', where)).message).toBe(
      'cache default, key :1:user: SERIALIZER.dumps: expected a Buffer, got something else. Return the bytes, and no Promise of them.',
    );
    expect(failure(() => own.decode(Buffer.from('x'), where)).message).toContain('SERIALIZER.loads: ');
    const text = createValueCodec({ dumps: () => 'text' as never, loads: String });
    expect(failure(() => text.encode('x')).message).toContain('SERIALIZER.dumps: ');
    const compressor = { compress: late as never, decompress: late as never };
    const packed = createValueCodec(createPickleSerializer(), { compressor });
    expect(failure(() => packed.encode('x')).message).toContain('COMPRESSOR.compress: ');
    expect(failure(() => packed.decode(Buffer.from('x'))).message).toContain('COMPRESSOR.decompress: ');
    // A rejection that nobody catches would end the process here.
    await new Promise(setImmediate);
  });

  it('W-1: what stands for an integer in an object comes back as that integer, whatever the serializer', () => {
    for (const serializer of [createPickleSerializer(), createJsonSerializer(), createMsgpackSerializer()]) {
      const any = createValueCodec(serializer);
      const read = (value: unknown) => any.decode(Buffer.from(any.encode(value)));
      for (let number = 0; number < 300; number++) {
        expect(read({ toJSON: () => number })).toBe(number);
        expect(read(Object(number))).toBe(number);
      }
    }
  });

  it("an entry of JSON is text while it is short, and bytes beyond; what is found by its bytes has Python's", () => {
    const json = createValueCodec(createJsonSerializer());
    expect(json.encodeEntry({ a: 'é' })).toBe('{"a":"é"}');
    expect(json.encode({ a: 'é' }).toString()).toBe('{"a": "\\u00e9"}');
    const long = { a: 'é'.repeat(5000) };
    expect(json.encodeEntry(long)).toEqual(Buffer.from(JSON.stringify(long)));
    expect(json.encodeEntry(42)).toBe('42');
    expect(() => json.encodeEntry({ a: [undefined] }, where)).toThrow('cache default, key :1:user: value.a[0]');
  });

  it('the bounds count the bytes of an entry, and a compressor gets them', () => {
    const text = 'é'.repeat(9);
    expect(createValueCodec(createJsonSerializer(), { maxBytes: 20 }).encodeEntry(text)).toBe(`"${text}"`);
    for (const bounds of [{ maxBytes: 19 }, { maxPlainBytes: 19 }])
      expect(() => createValueCodec(createJsonSerializer(), bounds).encodeEntry(text)).toThrow('takes 20 bytes');
    const compressor = {
      compress: (plain: Buffer) => Buffer.concat([Buffer.from('!'), plain]),
      decompress: (bytes: Buffer) => bytes.subarray(1),
    };
    const packed = createValueCodec(createJsonSerializer(), { compressor });
    expect(String(packed.encodeEntry({ a: 1 }))).toBe('!{"a":1}');
    expect(packed.decode(packed.encodeEntry({ a: 1 }) as Buffer)).toEqual({ a: 1 });
  });

  it('a serializer without entries of its own writes them as everything else', () => {
    expect(codec.encodeEntry({ a: 1 })).toEqual(codec.encode({ a: 1 }));
    const odd = createValueCodec({ dumps: () => Buffer.alloc(0), dumpsEntry: () => 7 as never, loads: () => 1 });
    expect(() => odd.encodeEntry('x')).toThrow('SERIALIZER.dumpsEntry: expected a Buffer');
  });
});
