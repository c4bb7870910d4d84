import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { rows } from '../codec/every-type.js';
import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { ATTACKS } from './support/decode-attacks.js';
import { DecodingChild } from './support/decoding-child.js';

const MIB = 1024 * 1024;
/** Long enough for what grows with the square of it to be told from what doesn't. */
const SIZE = 1.5 * MIB;
/** OPTIONS.maxDecodedBytes unless given, and what the collector has not come round to. */
const MOST_MB = 256 * 1.048_576 + 64;
/** An entry may take so many times as long for each byte as rows with dates, as Django pickles them. */
const MOST_TIMES = 3;
/** What an entry may take however short it is: a 64th part of the budget, on a machine that is busy with other work. */
const FREE_CPU_MS = 250;

let library: Transpiled;
let child: DecodingChild;
/** What rows take for each byte, in nanoseconds. */
let honest: number;
const seen = { peakMb: 0, slowest: 0, name: '' };

beforeAll(async () => {
  library = await transpile('sentinel-cache');
  child = new DecodingChild(library);
  const bytes = findSerializer('pickle')!.dumps(rows(18_000).filter((_, index) => index % 2 === 0));
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push((await child.decode('pickle', 'identity', bytes)).cpuMs);
  honest = (Math.min(...times) * 1e6) / bytes.length;
});
afterAll(async () => {
  await child.stop();
  await library.remove();
  process.stdout.write(
    `${ATTACKS.length} attacks on decoding: most memory ${seen.peakMb.toFixed(0)} MB; slowest ${seen.slowest.toFixed(0)} ns of CPU time ` +
      `a byte (${seen.name}), rows take ${honest.toFixed(0)}\n`,
  );
});

describe('an entry made up to take memory or time', () => {
  it.each(ATTACKS)('$name', async (attack) => {
    const bytes = attack.bytes(SIZE);
    const decoded = await child.decode(attack.serializer, 'identity', bytes);
    expect(decoded.ended).toBeUndefined();
    if (decoded.error !== undefined) expect(decoded.error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC' });
    expect(decoded.peakMb).toBeLessThan(MOST_MB);
    seen.peakMb = Math.max(seen.peakMb, decoded.peakMb);
    expect(decoded.cpuMs).toBeLessThan(FREE_CPU_MS + (MOST_TIMES * honest * bytes.length) / 1e6);
    const slow = (decoded.cpuMs * 1e6) / bytes.length;
    if (slow > seen.slowest) Object.assign(seen, { slowest: slow, name: attack.name });
  });
});
