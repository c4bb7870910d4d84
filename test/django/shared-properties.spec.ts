import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { tag, type Tagged } from '../codec/tagged-value.js';
import { arbitraryValue, type Kind } from './support/arbitrary-values.js';
import type { Outcome } from './support/django-console.js';
import { COMPRESSORS, SERIALIZERS, sharedCodecs } from './support/shared-codecs.js';
import { SharedCaches } from './support/shared-caches.js';
import { Tally } from './support/tally.js';

/** Values in one question. */
const BATCH = 150;
const BATCHES = 5;
const LIMIT_MS = 4000;
const tally = new Tally('random values', false);

let shared: SharedCaches;
beforeAll(async () => {
  shared = await SharedCaches.start(sharedCodecs);
}, 400_000);
afterAll(async () => {
  await shared?.stop();
  tally.print();
});

/** Each serializer with a compressor of its own. */
const PAIRS = SERIALIZERS.map((serializer, index) => [serializer, COMPRESSORS[index]!] as const);

describe.each(PAIRS)('random values with %s and %s', (serializer, compressor) => {
  const cache = `${serializer}-${compressor}`;
  const kind = serializer.replace(/\d/, '') as Kind;
  const ours = () => shared.ours(cache);

  it('W-12, W-20, W-30: Python reads what was encoded here', async () => {
    const batches = fc.asyncProperty(fc.array(arbitraryValue(kind), { minLength: 1, maxLength: BATCH, size: 'max' }), async (values) => {
      const entries = Object.fromEntries(values.map((value, index) => [`ours:${index}`, value]));
      await ours().setMany(entries, 300);
      const found = await shared.django.ask<Record<string, Outcome>>('read', { cache, names: Object.keys(entries) });
      const read = await ours().getMany(Object.keys(entries));
      for (const [name, value] of Object.entries(entries)) {
        tally.compare(name, valueOf(found[name]!), tag(read.get(name)));
        // JSON makes text of dates, and lists of tuples.
        if (kind === 'pickle') tally.compare(name, valueOf(found[name]!), tag(value));
      }
    }); // prettier-ignore
    await fc.assert(batches, { numRuns: 7, interruptAfterTimeLimit: LIMIT_MS });
  });

  it('W-10, W-20, W-30: what Python encodes is read here, and Python reads an equal value when it was written back', async () => {
    for (let seed = 0; seed < BATCHES; seed += 1) {
      const made = await shared.django.ask<Record<string, Tagged>>('make', { cache, kind, seed, count: BATCH });
      const names = Object.keys(made);
      const read = await ours().getMany(names);
      for (const name of names) tally.compare(`${name} of seed ${seed}`, tag(read.get(name)), made[name]);
      const back = Object.fromEntries(names.map((name) => [name, `back:${name}`]));
      await ours().setMany(new Map(names.map((name) => [back[name]!, read.get(name)])), 300);
      const different = await shared.django.ask<object>('check', { cache, seed, names: back });
      tally.count(names.length, Object.keys(different).length);
      expect(different).toEqual({});
    }
  });
});

function valueOf(found: Outcome): Tagged {
  return 'value' in found ? found.value : { $error: found.message };
}
