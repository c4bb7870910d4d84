import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { findCompressor } from '../../libs/sentinel-cache/src/codec/compressor-registry.js';
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
    /** Not when Django could not write it. */
    value_hex: string | undefined;
    loaded_repr: string;
  }>;
  readonly pages: ReadonlyArray<{ name: string; value_hex: string | undefined }>;
  readonly herd: ReadonlyArray<{ value_hex: string }>;
}

const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/wire-vectors.json'), 'utf8')) as Vectors;

/** Python's bytes depend on the identity of equal strings here, or on what JavaScript can't tell: floats without fraction. */
const SEVERAL_SPELLINGS = /\/(memo_shared|float_1_0)$/;

function codecOf(serializer: string, pickleVersion: number | null, compressor: string | null = null): ValueCodec {
  return createValueCodec(findSerializer(serializer, pickleVersion === null ? {} : { pickleVersion })!, {
    compressor: findCompressor(compressor ?? 'identity')!,
  });
}

function codecFor({ serializer, pickle_protocol, compressor }: Vector): ValueCodec {
  return codecOf(serializer, pickle_protocol, compressor);
}

function bytesOf(encoded: Buffer | string): Buffer {
  return typeof encoded === 'string' ? Buffer.from(encoded, 'latin1') : encoded;
}

function expected(vector: Vector): unknown {
  return comparable(vector.decodes_to === 'same' ? vector.value : vector.decodes_to.value);
}

function isReadable({ value, decodes_to }: Vector): boolean {
  return !JSON.stringify(value).includes('__main__.Color') && (decodes_to === 'same' || decodes_to.error === undefined);
}

const readable = vectors.values;
const good = readable.filter(isReadable);
const bad = readable.filter((vector) => !isReadable(vector));

describe('wire vectors: values that Django wrote', () => {
  it('are as many as were published', () => {
    expect([readable.length, good.length, bad.length]).toEqual([529, 523, 6]);
  });

  it.each(good.filter((vector) => vector.value_hex !== undefined).map((vector) => [vector.id, vector] as const))(
    'W-10: %s decodes to its value, and so does what is written back',
    (_id, vector) => {
      const codec = codecFor(vector);
      const bytes = Buffer.from(vector.value_hex!, 'hex');
      const value = codec.decode(bytes);
      expect(tag(value)).toEqual(expected(vector));
      const again = bytesOf(codec.encode(value));
      expect(tag(codec.decode(again))).toEqual(expected(vector));
      // W-42: two libraries compress the same bytes differently; that they compress at all is in the length.
      if (vector.compressor !== null) expect(again.length < 2 * bytes.length).toBe(true);
      else if (!SEVERAL_SPELLINGS.test(vector.id)) expect(again.toString('hex')).toBe(vector.value_hex);
    },
  );

  it.each(good.filter((vector) => vector.value_sha256 !== undefined).map((vector) => [vector.id, vector] as const))(
    'W-11: %s is written with the same bytes',
    (_id, vector) => {
      const codec = codecFor(vector);
      const bytes = bytesOf(codec.encode(expected(vector)));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(vector.value_sha256);
      expect(codec.decode(bytes)).toBe(expected(vector));
    },
  );

  it.each(bad.map((vector) => [vector.id, vector] as const))('W-16: %s is a CodecError', (_id, vector) => {
    expect(() => codecFor(vector).decode(Buffer.from(vector.value_hex!, 'hex'))).toThrow(CodecError);
  });
});

describe('wire vectors: what Django can not write as JSON or MessagePack', () => {
  it.each(vectors.unserializable.map((vector) => [vector.id, vector] as const))(
    'W-24, W-31: %s is a CodecError',
    (id, vector) => {
      const name = id.slice(id.indexOf('/'));
      const pickled = good.find((other) => other.id.endsWith(name) && other.serializer === 'pickle' && other.compressor === null);
      const value = codecOf('pickle', 4).decode(Buffer.from(pickled!.value_hex!, 'hex'));
      expect(() => codecFor(vector).encode(value)).toThrow(CodecError);
    },
  );
});

describe('wire vectors: bytes that Django reads and never writes', () => {
  it.each(vectors.decode_only.map((vector) => [vector.value_hex, vector] as const))('W-3: %s', (_hex, vector) => {
    for (const name of vector.serializer === undefined ? ['pickle', 'json', 'msgpack'] : [vector.serializer]) {
      const decode = () => codecOf(name, null).decode(Buffer.from(vector.value_hex, 'hex'));
      if ('error' in vector.decodes_to) expect(decode).toThrow(CodecError);
      else expect(tag(decode())).toEqual(comparable(vector.decodes_to));
    }
  });
});

describe('wire vectors: sessions', () => {
  const CODECS: Readonly<Record<string, ValueCodec>> = {
    default: codecOf('pickle', null),
    p5: codecOf('pickle', null),
    core: codecOf('pickle', null),
    prefixed: codecOf('pickle', null),
    json: codecOf('json', null),
    jz: codecOf('json', null, 'zlib'),
    msgpack: codecOf('msgpack', null),
  };
  const sessions = vectors.sessions.filter(({ value_hex }) => value_hex !== undefined);

  it.each(
    sessions.map((session) => [`${session.env} ${session.engine} ${session.cache_alias} ${session.session}`, session] as const),
  )('S-4: %s is a dict', (_name, session) => {
    const codec = CODECS[session.cache_alias]!;
    const value = codec.decode(Buffer.from(session.value_hex!, 'hex')) as Record<string, unknown>;
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
});

describe('wire vectors: herd', () => {
  it.each(vectors.herd.map((entry) => [entry.value_hex] as const))('A-80: %s is read, and written back byte for byte', (hex) => {
    const codec = codecOf('pickle', 4);
    const value = codec.decode(Buffer.from(hex, 'hex')) as unknown[];
    expect([String(value[0]), value[1], typeof value[2]]).toEqual(['Marker()', 'val', 'number']);
    expect(bytesOf(codec.encode(value)).toString('hex')).toBe(hex);
  });

  it('W-24: JSON refuses the marker, as Django does', () => {
    const value = codecOf('pickle', 4).decode(Buffer.from(vectors.herd[0]!.value_hex, 'hex'));
    expect(() => codecOf('json', null).encode(value)).toThrow(CodecError);
  });
});
