import type { Compressor } from '../../codec/ports/compressor.js';
import { COMPRESSOR_NAMES, compressorOver, findCompressor } from '../../codec/compressor-registry.js';
import { IDENTITY } from '../../codec/compressors/identity.compressor.js';
import { MissingPeerError } from '../../codec/compressors/optional-peer.js';
import { describeValue } from '../read/describe-value.js';
import { describeOwn, instanceWith } from './custom-instance.js';
import type { CommonCacheConfig } from '../shapes/resolved-settings.js';
import type { SettingReader } from '../read/setting-reader.js';

const NAME = 'COMPRESSOR';
const METHODS: readonly (keyof Compressor)[] = ['compress', 'decompress'];
const EXPECTED =
  "'identity', 'zlib', 'gzip', 'lzma', 'lz4', 'zstd', Django's dotted path of one, the module that one needs, or an object or class with compress and decompress";
const REMEDY = "Write 'zlib', or leave it out.";

/**
 * Reads COMPRESSOR. `maxPlainBytes` bounds a value before compression and after decompression; it has no
 * effect without a compressor.
 */
export function readCompressor(
  options: SettingReader,
  maxPlainBytes: number,
): Pick<CommonCacheConfig, 'compressor' | 'maxPlainBytes'> {
  const compressor = compressorOf(options) ?? IDENTITY;
  return { compressor, maxPlainBytes: compressor === IDENTITY ? Infinity : maxPlainBytes };
}

function compressorOf(options: SettingReader): Compressor | undefined {
  const value = options.take(NAME);
  if (value === undefined) return undefined;
  if (typeof value === 'string') return namedCompressor(options, value);
  const overModule = compressorOver(value);
  if (overModule) return overModule;
  const own = instanceWith<Compressor>(value, METHODS);
  if (own) return own;
  return options.reject(NAME, { expected: EXPECTED, got: describeOwn(value, METHODS) ?? describeValue(value), remedy: REMEDY });
}

function namedCompressor(options: SettingReader, text: string): Compressor | undefined {
  try {
    const found = findCompressor(text);
    if (found) return found;
  } catch (error) {
    if (!(error instanceof MissingPeerError)) throw error;
    return rejectPeer(options, error);
  }
  return options.rejectWord(NAME, COMPRESSOR_NAMES, { expected: EXPECTED, remedy: REMEDY });
}

function rejectPeer(options: SettingReader, { packageName, cause }: MissingPeerError): undefined {
  const { code } = (cause ?? {}) as { code?: unknown };
  const isAbsent = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
  return options.reject(NAME, {
    expected: `a compressor whose package is installed (${packageName})`,
    got: isAbsent ? 'no such package' : 'a package that fails to load',
    remedy: `Run: npm install ${packageName}. Where it is installed and not found (a bundle, say), import it and give the module: COMPRESSOR: module`,
  });
}
