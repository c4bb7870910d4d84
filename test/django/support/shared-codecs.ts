import type { SharedCache } from './shared-caches.js';

const SERIALIZER_OPTIONS = {
  pickle2: { PICKLE_VERSION: 2 },
  pickle3: { PICKLE_VERSION: 3 },
  pickle4: {},
  pickle5: { PICKLE_VERSION: 5 },
  json: { SERIALIZER: 'django_redis.serializers.json.JSONSerializer' },
  msgpack: { SERIALIZER: 'django_redis.serializers.msgpack.MSGPackSerializer' },
} as const;

const COMPRESSOR_OPTIONS = {
  identity: {},
  zlib: { COMPRESSOR: 'django_redis.compressors.zlib.ZlibCompressor' },
  gzip: { COMPRESSOR: 'django_redis.compressors.gzip.GzipCompressor' },
  lzma: { COMPRESSOR: 'django_redis.compressors.lzma.LzmaCompressor' },
  lz4: { COMPRESSOR: 'django_redis.compressors.lz4.Lz4Compressor' },
  zstd: { COMPRESSOR: 'django_redis.compressors.zstd.ZStdCompressor' },
} as const;

export const SERIALIZERS = Object.keys(SERIALIZER_OPTIONS) as readonly (keyof typeof SERIALIZER_OPTIONS)[];
export const COMPRESSORS = Object.keys(COMPRESSOR_OPTIONS) as readonly (keyof typeof COMPRESSOR_OPTIONS)[];

/** A cache for each serializer with each compressor: `pickle4-zlib`. */
export function sharedCodecs(): readonly SharedCache[] {
  return SERIALIZERS.flatMap((serializer) =>
    COMPRESSORS.map((compressor) => ({
      alias: `${serializer}-${compressor}`,
      // Patience of Django and of ours: these entries are large, and so are the questions.
      options: { SOCKET_TIMEOUT: 10, ...SERIALIZER_OPTIONS[serializer], ...COMPRESSOR_OPTIONS[compressor] },
    })),
  );
}
