import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CodecError, type SentinelCache } from 'nestjs-sentinel-cache';
import { tag, type Tagged } from '../codec/tagged-value.js';
import { DjangoError, type Outcome } from './support/django-console.js';
import { ENTRY_VALUES } from './support/entry-values.js';
import { COMPRESSORS, SERIALIZERS, sharedCodecs } from './support/shared-codecs.js';
import { SharedCaches } from './support/shared-caches.js';
import { Tally } from './support/tally.js';
import { untag } from './support/untag.js';

const names = Object.keys(ENTRY_VALUES);
const tally = new Tally('entries of both');

let shared: SharedCaches;
beforeAll(async () => {
  shared = await SharedCaches.start(sharedCodecs);
}, 400_000);
afterAll(async () => {
  await shared?.stop();
  tally.print();
});

/** What came of one entry on our side. */
async function outcome(action: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: tag((await action()) ?? null) };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { error: 'CodecError', message: error.message };
  }
}

async function outcomes(keys: readonly string[], action: (key: string) => Promise<unknown>): Promise<Record<string, Outcome>> {
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await outcome(() => action(key))] as const)));
}

/** Values where both have one; where Django has none (an error), we must have none either. */
function compareAll(ours: Record<string, Outcome>, djangos: Record<string, Outcome>): void {
  expect(Object.keys(ours)).toEqual(Object.keys(djangos));
  for (const [name, expected] of Object.entries(djangos)) {
    if ('value' in expected) tally.compare(name, valueOf(ours[name]!), expected.value);
    else tally.compare(name, 'error' in ours[name]!, true);
  }
}

function valueOf(found: Outcome): Tagged {
  return 'value' in found ? found.value : { $error: found.message };
}

const readable = (found: Record<string, Outcome>) => Object.keys(found).filter((name) => 'value' in found[name]!);

const PROVES = { pickle: ['W-10', 'W-12', 'W-13'], json: ['W-25', 'W-20', 'W-24'], msgpack: ['W-30', 'W-32', 'W-31'] } as const;

describe.each(SERIALIZERS)('%s', (serializer) => {
  const [reads, writes, refuses] = PROVES[serializer.replace(/\d/, '') as keyof typeof PROVES];
  describe.each(COMPRESSORS)('with %s', (compressor) => {
    const alias = `${serializer}-${compressor}`;
    const ours = () => shared.ours(alias);
    const django = <T>(action: 'read' | 'write', fields: object) => shared.django.ask<T>(action, { cache: alias, ...fields });
    let refused: readonly string[];

    it(`${reads}, W-41: what Django writes is read here as Django reads it`, async () => {
      const written = await django<Record<string, Outcome>>('write', { entries: ENTRY_VALUES });
      refused = names.filter((name) => 'error' in written[name]!);
      const keys = names.filter((name) => !refused.includes(name));
      const asDjango = await django<Record<string, Outcome>>('read', { names: keys });
      compareAll(await outcomes(keys, (key) => ours().get(key)), asDjango);
      if (serializer.startsWith('pickle')) {
        expect(refused).toEqual([]);
        for (const name of names) tally.compare(name, valueOf(asDjango[name]!), ENTRY_VALUES[name]);
      }
    });

    it(`${refuses}: what Django refuses to write is refused here`, async () => {
      const written = await outcomes(names, (name) => ours().set(name, untag(ENTRY_VALUES[name]!), 300));
      expect(names.filter((name) => 'error' in written[name]!)).toEqual(expect.arrayContaining([...refused]));
      expect(refused.length > 5).toBe(!serializer.startsWith('pickle'));
      await shared.settle();
      expect((await ours().getMany(refused)).size).toBe(0);
    });

    it(`${writes}, W-41: what is written here Django reads as if Django had written it, over it and back`, async () => {
      await django('write', { entries: ENTRY_VALUES });
      const asDjango = await django<Record<string, Outcome>>('read', { names: names.filter((name) => !refused.includes(name)) });
      const keys = readable(asDjango);
      await outcomes(keys, (name) => ours().set(name, untag(ENTRY_VALUES[name]!), 300));
      const ofOurs = await django<Record<string, Outcome>>('read', { names: keys });
      for (const name of keys) tally.compare(name, valueOf(ofOurs[name]!), valueOf(asDjango[name]!));
      await outcomes(keys, async (name) => ours().set(`${name} again`, await ours().get(name), 300));
      const again = await django<Record<string, Outcome>>('read', { names: keys.map((name) => `${name} again`) });
      for (const name of keys) tally.compare(name, valueOf(again[`${name} again`]!), valueOf(asDjango[name]!));
    });

    it('W-40: both compress from the same length on', async () => {
      const texts = Object.fromEntries(SIZES.map((size) => [`size:${size}`, 'x'.repeat(size)]));
      await django('write', { entries: texts });
      const djangos = await compressed(ours(), Object.keys(texts));
      await ours().setMany(texts, 300);
      tally.compare('which are compressed', await compressed(ours(), Object.keys(texts)), djangos);
      expect(djangos.some(Boolean)).toBe(compressor !== 'identity');
      expect(djangos.every(Boolean)).toBe(false);
    });

    it('W-41: entries that were written without a compressor are read by both; the other way round by neither', async () => {
      const [plain, here] = [shared.ours(`${serializer}-identity`), ours()];
      const copy = (from: string, to: string) => from !== to && here.command('COPY', from, to, 'REPLACE');
      await plain.set('old', ['x'.repeat(200)], 300);
      await copy(plain.makeKey('old'), here.makeKey('old'));
      const found = await django<Record<string, Outcome>>('read', { names: ['old'] });
      tally.compare('old', valueOf(await outcome(() => here.get('old'))), valueOf(found['old']!));
      tally.compare('old', valueOf(found['old']!), ['x'.repeat(200)]);
      if (compressor === 'identity') return;
      await here.set('new', ['x'.repeat(200)], 300);
      await copy(here.makeKey('new'), plain.makeKey('new'));
      await shared.settle();
      await expect(plain.get('new')).rejects.toBeInstanceOf(CodecError);
      await expect(shared.django.call(`${serializer}-identity`, 'get', 'new')).rejects.toBeInstanceOf(DjangoError);
    });
  });
});

/** Around the lengths at which any serializer's bytes of a text pass 15 or 100. */
const SIZES = [0, 1, 2, 3, 4, 5, 8, 10, 12, 13, 14, 15, 16, 60, 80, 84, 85, 86, 87, 88, 89, 90, 96, 97, 98, 99, 100, 101, 200];

/** Which of these entries are stored in a compressor's format. */
async function compressed(cache: SentinelCache, keys: readonly string[]): Promise<boolean[]> {
  await shared.settle();
  const stored = await Promise.all(keys.map((key) => cache.command('GET', cache.makeKey(key)) as Promise<Buffer>));
  return stored.map((bytes) => MAGICS.some((magic) => bytes.toString('hex').startsWith(magic)));
}

/** zlib, gzip, xz, lz4 frame, zstd. */
const MAGICS = ['789c', '1f8b08', 'fd377a585a00', '04224d18', '28b52ffd'];
