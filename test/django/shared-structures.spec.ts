import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tag, type Tagged } from '../codec/tagged-value.js';
import { SharedCaches } from './support/shared-caches.js';
import { Tally } from './support/tally.js';
import { untag } from './support/untag.js';

/** What a set may hold in Python, and a hash as its values. */
const MEMBERS: readonly Tagged[] = ['x', { $int: '1' }, 'y', '1', { $float: '1.5' }, null, true, { $int: '9223372036854775808' }];
const OPTIONS = {
  pickle: {},
  json: { SERIALIZER: 'django_redis.serializers.json.JSONSerializer' },
  msgpack: { SERIALIZER: 'django_redis.serializers.msgpack.MSGPackSerializer' },
} as const;
const tally = new Tally('members of sets, hashes and sorted sets');

let shared: SharedCaches;
beforeAll(async () => {
  shared = await SharedCaches.start(() => Object.entries(OPTIONS).map(([alias, options]) => ({ alias, options })));
}, 400_000);
afterAll(async () => {
  await shared?.stop();
  tally.print();
});

describe.each(Object.keys(OPTIONS))('%s, as django-redis 6 writes it', (alias) => {
  const ours = () => shared.ours(alias);
  /** A command of django-redis 6, spelt by Django's client of this cache: keys built, members encoded. */
  const django = (command: string, name: string, args: readonly unknown[], built = true) =>
    shared.django.ask<Tagged>('members', { cache: alias, command, name, args, built });
  const encoded = (values: readonly Tagged[]) => values.map((value) => ({ encoded: value }));
  const sorted = (found: Tagged) => (found as Tagged[]).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

  it('A-60: members of sets are the same from both sides', async () => {
    await django('SADD', 'tags', encoded(MEMBERS));
    await shared.settle();
    tally.compare('members', sorted([...(await ours().sets.members('tags'))].map(tag)), sorted(MEMBERS));
    for (const member of MEMBERS) expect(await ours().sets.isMember('tags', untag(member))).toBe(true);
    await ours().sets.add('ours', MEMBERS.map(untag));
    tally.compare('SMEMBERS', sorted(await django('SMEMBERS', 'ours', [])), sorted(MEMBERS));
    for (const member of MEMBERS) tally.compare('SISMEMBER', await django('SISMEMBER', 'ours', encoded([member])), true);
    expect(await ours().sets.remove('tags', MEMBERS.slice(0, 3).map(untag))).toBe(3);
    tally.compare('SCARD', await django('SCARD', 'tags', []), { $int: String(MEMBERS.length - 3) });
  });

  it('A-61: hashes have a raw name and built fields', async () => {
    for (const [index, value] of MEMBERS.entries()) {
      await django('HSET', `raw:${alias}`, [{ key: `django:${index}` }, { encoded: value }], false);
      await ours().hashes.asDjango.set(`raw:${alias}`, `ours:${index}`, untag(value));
      tally.compare('HGET', await django('HGET', `raw:${alias}`, [{ key: `ours:${index}` }], false), value);
      await shared.settle();
      tally.compare('hget', tag((await ours().hashes.asDjango.get(`raw:${alias}`, `django:${index}`)) ?? null), value);
    }
    expect(await ours().hashes.asDjango.length(`raw:${alias}`)).toBe(MEMBERS.length * 2);
    expect((await ours().hashes.asDjango.keys(`raw:${alias}`)).toSorted()).toContain('django:0');
  });

  it('A-62: members and scores of sorted sets are the same from both sides', async () => {
    const scored = MEMBERS.map((member, index) => [index + 0.5, member] as const);
    await django('ZADD', 'rank', scored.flatMap(([score, member]) => [score, { encoded: member }])); // prettier-ignore
    await shared.settle();
    tally.compare('zrange', (await ours().sortedSets.range('rank', 0, -1)).map(tag), MEMBERS);
    for (const [score, member] of scored) expect(await ours().sortedSets.score('rank', untag(member))).toBe(score);
    await ours().sortedSets.add('rank:ours', new Map(scored.map(([score, member]) => [untag(member), score])));
    tally.compare('ZRANGE', await django('ZRANGE', 'rank:ours', [0, -1]), MEMBERS);
  });
});
