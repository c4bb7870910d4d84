import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { findCompressor } from '../../libs/sentinel-cache/src/codec/compressor-registry.js';
import { rows } from '../codec/every-type.js';
import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { ATTACKS, type Attack } from './support/decode-attacks.js';
import { DecodingChild, type Decoded } from './support/decoding-child.js';

const MIB = 1024 * 1024;
const SIZE = 3 * MIB;
const COMPRESSORS = ['zlib', 'gzip', 'lzma', 'lz4', 'zstd'];

let library: Transpiled;
let child: DecodingChild;
beforeAll(async () => {
  library = await transpile('sentinel-cache');
  child = new DecodingChild(library);
});
afterAll(async () => {
  await child.stop();
  await library.remove();
});

describe('x', () => {
  it('y', async () => {
    for (const s of ['pickle', 'json', 'msgpack']) {
      let r = rows(9000).filter((_, i) => s === 'pickle' || i % 2 === 1);
      const b = findSerializer(s)!.dumps(r);
      for (let i = 0; i < 3; i++) { const d = await child.decode(s, 'identity', b); process.stdout.write(`${s} ${b.length} ${((d.cpuMs * 1e6) / b.length).toFixed(0)} ${JSON.stringify(d)}\n`); }
    }
    const out: string[] = [];
    for (const a of ATTACKS) { const b = a.bytes(SIZE); const d = await child.decode(a.serializer, 'identity', b); out.push(`${((d.cpuMs * 1e6) / b.length).toFixed(0)} ns ${d.peakMb.toFixed(0)} MB ${a.name} ${JSON.stringify(d.error?.message.slice(-90, -10) ?? d.ended)}`); }
    process.stdout.write(out.sort((x, y) => parseInt(y) - parseInt(x)).join('\n') + '\n');
  });
});
