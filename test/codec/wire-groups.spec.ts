import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';
import { patchVary } from '../../libs/sentinel-cache/src/headers/vary.js';
import { formatKey, formatVersion } from '../../libs/sentinel-cache/src/keys/format-key.js';
import { patternInVersion } from '../../libs/sentinel-cache/src/keys/key-pattern.js';
import { djangoReverseKey, makeKey } from '../../libs/sentinel-cache/src/keys/make-key.js';

interface Vectors {
  readonly keys: ReadonlyArray<{
    key_prefix: string;
    version: number;
    key_python_repr: string;
    redis_key: string;
    redis_key_hex: string;
    reverse_key_default: string;
  }>;
  readonly glob_patterns: ReadonlyArray<{ key_prefix: string; pattern: string; version: number; redis_pattern: string }>;
  readonly patch_vary: ReadonlyArray<{ initial: string | null; new: string[]; result: string }>;
}

const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/wire-vectors.json'), 'utf8')) as Vectors;

const VALUES = 'test/codec/wire-vectors.spec.ts';
const HERE = 'test/codec/wire-groups.spec.ts';
/** Each group of the published vectors, and the spec that reads it. */
const READ_IN: Readonly<Record<string, string>> = {
  values: VALUES,
  unserializable: VALUES,
  decode_only: VALUES,
  sessions: VALUES,
  herd: VALUES,
  pages: VALUES,
  keys: HERE,
  glob_patterns: HERE,
  collections: HERE,
  patch_vary: HERE,
  patch_cache_control: 'test/http/django-page-headers.spec.ts',
  absolute_uris: 'test/http/django-page-keys.spec.ts',
  template_fragments: 'test/http/django-page-keys.spec.ts',
  hash_ring: 'libs/sentinel-cache/src/backends/partitioned/hash-ring.spec.ts',
  auth_session_hash: 'libs/sentinel-cache/src/session/auth/session-auth-hash.spec.ts',
  signing: 'test/session/engines-signing.spec.ts',
};
/** Of Django's own keys of pages, which are not built yet. */
const NOT_YET = ['page_vary_hash_variants'];

describe('wire vectors: groups', () => {
  it('every published group is read by a spec', () => {
    const groups = Object.keys(vectors).filter((group) => group !== 'meta');
    expect(groups.filter((group) => !(group in READ_IN)).toSorted()).toEqual(NOT_YET.toSorted());
    const unread = Object.entries(READ_IN).filter(
      ([group, file]) => !existsSync(file) || !readFileSync(file, 'utf8').includes(group),
    );
    expect(unread).toEqual([]);
  });
});

describe('wire vectors: keys', () => {
  /** What JavaScript has no literal of is what its `str()` is as text. */
  const keyOf = (repr: string): unknown =>
    /^'.*'$/.test(repr) ? repr.slice(1, -1) : repr === 'None' ? null : /^\d+$/.test(repr) ? Number(repr) : repr;

  it.each(vectors.keys.map((vector) => [vector.redis_key, vector] as const))('A-1, A-5: %s', (_name, vector) => {
    const stored = makeKey(formatKey(keyOf(vector.key_python_repr)), vector.key_prefix, formatVersion(vector.version));
    expect(Buffer.from(stored).toString('hex')).toBe(vector.redis_key_hex);
    expect(djangoReverseKey(stored)).toBe(vector.reverse_key_default);
  });
});

describe('wire vectors: headers', () => {
  // One name after the other: `a` and `A` at once, of which Django keeps both, is nothing that this library asks for.
  it.each(vectors.patch_vary.filter(({ new: names }) => !names.includes('A')).map((vector) => [vector.result, vector] as const))(
    'H-45: Vary: %s',
    (result, { initial, new: names }) => {
      expect(names.reduce((vary: string | undefined, name) => patchVary(vary, name), initial ?? undefined)).toBe(result);
    },
  );
});

describe('wire vectors: what Redis makes of them', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  beforeAll(async () => {
    redis = await startLocalRedis();
    const LOCATION = `redis://${redis.host}:${redis.port}/0`;
    caches = createCaches({
      CACHES: { default: { BACKEND: 'redis', LOCATION, KEY_PREFIX: 'pp', OPTIONS: { SERIALIZER: 'json' } } },
    });
  });
  afterAll(async () => {
    await caches?.close();
    await redis?.stop();
  });

  it.each(vectors.glob_patterns.map((vector) => [vector.redis_pattern, vector] as const))(
    'A-56: ours is %s, and finds two keys of many',
    async (redisPattern, { pattern, key_prefix: keyPrefix, version }) => {
      const prefixes = [keyPrefix, 'pxx', 'p*x?', 'p*[x]y', 'p[*][[]x][?]', 'shop', ''];
      const keys = prefixes.flatMap((prefix) =>
        ['k', 'k1', 'foo', 'foo:1', 'x'].map((key) => makeKey(key, prefix, String(version))),
      );
      for (const key of [...keys, makeKey('k', keyPrefix, '12')]) await redis.command('SET', key, '1');
      const ours = patternInVersion(pattern, { keyFunction: makeKey, keyPrefix, version: String(version) });
      expect(ours).toBe(redisPattern);
      const found = (await redis.command('KEYS', redisPattern)) as string[];
      expect(((await redis.command('KEYS', ours!)) as string[]).toSorted()).toEqual(found.toSorted());
      expect(found).toHaveLength(2);
    },
  );

  it('A-61: hset', async () => {
    const { asDjango } = caches.get().hashes;
    await asDjango.set('h', 'f', { a: 1 });
    await asDjango.set('h', 'g', 5);
    expect(await redis.command('HGETALL', 'h')).toEqual(['pp:1:f', '{"a": 1}', 'pp:1:g', '5']);
  });

  it('A-60: sadd; smove stays in its version, where django-redis moves to the default one', async () => {
    const { sets } = caches.get();
    await sets.add('s', ['x', 1, 'y']);
    expect(((await redis.command('SMEMBERS', 'pp:1:s')) as string[]).toSorted()).toEqual(['"x"', '"y"', '1']);
    await sets.add('s', ['x'], { version: 3 });
    await sets.move('s', 's2', 'x', { version: 3 });
    expect(await redis.command('SMEMBERS', 'pp:3:s2')).toEqual(['"x"']);
  });

  it('A-62: zadd', async () => {
    await caches.get().sortedSets.add('z', new Map<unknown, number>([['m', 1.5], [7, 2]])); // prettier-ignore
    expect(await redis.command('ZRANGE', 'pp:1:z', '0', '-1', 'WITHSCORES')).toEqual(['"m"', '1.5', '7', '2']);
  });
});
