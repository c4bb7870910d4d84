import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { createValueCodec, type ValueCodec } from '../../libs/sentinel-cache/src/codec/value-codec.js';
import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { comparable, tag } from './tagged-value.js';

interface Vector {
  readonly id: string;
  readonly serializer: string;
  readonly pickle_protocol: number | null;
  readonly compressor: string | null;
  readonly value: unknown;
  readonly value_hex?: string;
  readonly value_sha256?: string;
  readonly decodes_to: 'same' | { readonly value?: unknown; readonly error?: string };
}

interface Vectors {
  readonly values: readonly Vector[];
  readonly unserializable: readonly Vector[];
  readonly decode_only: ReadonlyArray<{ value_hex: string; serializer?: string; decodes_to: Record<string, string> }>;
  readonly sessions: ReadonlyArray<{
    env: string;
    engine: string;
    cache_alias: string;
    session: string;
    value_hex: string;
    loaded_repr: string;
  }>;
  readonly pages: ReadonlyArray<{ name: string; value_hex: string | undefined }>;
  readonly herd: ReadonlyArray<{ value_hex: string }>;
}

const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/wire-vectors.json'), 'utf8')) as Vectors;

/** Python's bytes depend on the identity of equal strings here, or on what JavaScript can't tell: floats without fraction. */
const SEVERAL_SPELLINGS = /\/(memo_shared|float_1_0)$/;

function codecOf(serializer: string, pickleVersion: number | null): ValueCodec {
  return createValueCodec(findSerializer(serializer, pickleVersion === null ? {} : { pickleVersion })!);
}

function bytesOf(encoded: Buffer | string): Buffer {
  return typeof encoded === 'string' ? Buffer.from(encoded, 'latin1') : encoded;
}

function expected(vector: Vector): unknown {
  return comparable(vector.decodes_to === 'same' ? vector.value : vector.decodes_to.value);
}

const readable = vectors.values.filter(({ serializer, compressor }) => compressor === null && serializer !== 'msgpack');
const good = readable.filter((vector) => !JSON.stringify(vector.value).includes('__main__.Color'));
const bad = readable.filter((vector) => JSON.stringify(vector.value).includes('__main__.Color'));

describe('wire vectors: values that Django wrote', () => {
  it('are as many as were published', () => {
    expect([readable.length, good.length, bad.length]).toEqual([357, 353, 4]);
  });

  it.each(good.filter((vector) => vector.value_hex !== undefined).map((vector) => [vector.id, vector] as const))(
    'W-10: %s decodes to its value, and so does what is written back',
    (_id, vector) => {
      const codec = codecOf(vector.serializer, vector.pickle_protocol);
      const bytes = Buffer.from(vector.value_hex!, 'hex');
      const value = codec.decode(bytes);
      expect(tag(value)).toEqual(expected(vector));
      const again = bytesOf(codec.encode(value));
      expect(tag(codec.decode(again))).toEqual(expected(vector));
      if (!SEVERAL_SPELLINGS.test(vector.id)) expect(again.toString('hex')).toBe(vector.value_hex);
    },
  );

  it.each(good.filter((vector) => vector.value_sha256 !== undefined).map((vector) => [vector.id, vector] as const))(
    'W-11: %s is written with the same bytes',
    (_id, vector) => {
      const codec = codecOf(vector.serializer, vector.pickle_protocol);
      const bytes = bytesOf(codec.encode(expected(vector)));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(vector.value_sha256);
      expect(codec.decode(bytes)).toBe(expected(vector));
    },
  );

  it.each(bad.map((vector) => [vector.id, vector] as const))('W-16: %s is a CodecError', (_id, vector) => {
    expect(() => codecOf(vector.serializer, vector.pickle_protocol).decode(Buffer.from(vector.value_hex!, 'hex'))).toThrow(
      CodecError,
    );
  });
});

describe('wire vectors: what Django can not write as JSON', () => {
  it.each(vectors.unserializable.filter(({ id }) => id.startsWith('json/')).map((vector) => [vector.id, vector] as const))(
    'W-24: %s is a CodecError',
    (id, _vector) => {
      const name = id.slice('json/'.length);
      const pickled = good.find((vector) => vector.id.endsWith(`/${name}`) && vector.serializer === 'pickle');
      const value = codecOf('pickle', 4).decode(Buffer.from(pickled!.value_hex!, 'hex'));
      expect(() => codecOf('json', null).encode(value)).toThrow(CodecError);
    },
  );
});

describe('wire vectors: bytes that Django reads and never writes', () => {
  it.each(vectors.decode_only.map((vector) => [vector.value_hex, vector] as const))('W-3: %s', (_hex, vector) => {
    for (const name of vector.serializer === undefined ? ['pickle', 'json'] : [vector.serializer]) {
      const decode = () => codecOf(name, null).decode(Buffer.from(vector.value_hex, 'hex'));
      if ('error' in vector.decodes_to) expect(decode).toThrow(CodecError);
      else expect(tag(decode())).toEqual(comparable(vector.decodes_to));
    }
  });
});

describe('wire vectors: sessions', () => {
  const SERIALIZERS: Readonly<Record<string, string>> = {
    default: 'pickle',
    p5: 'pickle',
    core: 'pickle',
    prefixed: 'pickle',
    json: 'json',
  };
  const sessions = vectors.sessions.filter(({ cache_alias }) => cache_alias in SERIALIZERS);

  it.each(
    sessions.map((session) => [`${session.env} ${session.engine} ${session.cache_alias} ${session.session}`, session] as const),
  )('S-4: %s is a dict', (_name, session) => {
    const codec = codecOf(SERIALIZERS[session.cache_alias]!, null);
    const value = codec.decode(Buffer.from(session.value_hex, 'hex')) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(
      [...session.loaded_repr.matchAll(/'(\w+)': /g)].map((match) => match[1]).filter((key) => key! in value),
    );
    expect(tag(codec.decode(bytesOf(codec.encode(value))))).toEqual(tag(value));
  });
});

describe('wire vectors: classes that are not read yet', () => {
  const RESPONSE = Buffer.from('django.http.response').toString('hex');

  it.each(
    vectors.pages.filter(({ value_hex }) => value_hex?.includes(RESPONSE)).map((page) => [page.name, page.value_hex!] as const),
  )('W-16: the page %s names its class', (_name, hex) => {
    expect(() => codecOf('pickle', null).decode(Buffer.from(hex, 'hex'))).toThrow(/django\.http\.\w+/);
  });

  it.each(vectors.herd.map((entry) => [entry.value_hex] as const))('W-16: the herd marker names its class', (hex) => {
    expect(() => codecOf('pickle', null).decode(Buffer.from(hex, 'hex'))).toThrow(/django_redis\.client\.herd\.Marker/);
  });
});
