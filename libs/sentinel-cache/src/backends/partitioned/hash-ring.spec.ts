import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { companionStem } from '../../keys/tag-names.js';
import { hashedPart, HashRing } from './hash-ring.js';

interface RingVectors {
  readonly nodes: readonly string[];
  readonly picks: Readonly<Record<string, number>>;
}
const { hash_ring: vectors } = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/wire-vectors.json'), 'utf8')) as {
  hash_ring: RingVectors;
};

const NODES = [
  'redis://:s%40cret@db-1.example:6379/0',
  'redis://:s%40cret@db-2.example:6379/0',
  'rediss://db-3.example/4',
  'unix:///tmp/redis.sock?db=1',
];

describe('HashRing', () => {
  it.each(Object.entries(vectors.picks))('A-90: %s lies where Django puts it', (key, database) => {
    expect(vectors.nodes[new HashRing(vectors.nodes).nodeOf(key)]).toMatch(new RegExp(`/${database}$`));
  });

  it('has what belongs to an entry on the node of the entry', () => {
    const ring = new HashRing(NODES);
    const keys = Array.from({ length: 200 }, (_, i) => `:1:user:${i}`);
    expect(keys.filter((key) => ring.nodeOfName(companionStem(key)) !== ring.nodeOf(key))).toEqual([]);
    expect(keys.filter((key) => ring.nodeOfName(key) !== ring.nodeOf(key))).toEqual([]);
  });

  it('A-90: 2000 keys over four nodes lie where django-redis puts them; figures computed by its algorithm in Python', () => {
    const ring = new HashRing(NODES);
    const picks = [1, 2].flatMap((version) => Array.from({ length: 1000 }, (_, i) => ring.nodeOf(`shop:${version}:user:${i}`)));
    expect(createHash('sha256').update(picks.join('')).digest('hex')).toBe(
      '855726a9080f1ced2686b6ea4ec66acc8be99405928babffc3c2a993c09ad559',
    );
  });

  it('A-90: the order of the nodes does not matter, and each ring knows its own nodes only', () => {
    const [ring, turned] = [new HashRing(NODES), new HashRing(NODES.toReversed())];
    for (let i = 0; i < 300; i += 1) expect(NODES.toReversed()[turned.nodeOf(`k${i}`)]).toBe(NODES[ring.nodeOf(`k${i}`)]);
    expect(new HashRing(['redis://alone']).nodeOf('anything')).toBe(0);
  });

  it('refuses to be without nodes', () => {
    expect(() => new HashRing([])).toThrow(RangeError);
  });
});

describe('hashedPart', () => {
  it.each([
    [':1:{user7}:name', 'user7'],
    ['a{b}c{d}e', 'd'],
    ['{a{b}}', 'b}'],
    ['{a}}b', 'a}'],
    ['}{a}', 'a'],
    ['{a}{', 'a'],
    [':1:{}', ''],
    ['{a}\n{b}', 'a'],
    ['\u2028\r{b}', 'b'],
  ])('A-91: of %j only %j is hashed', (key, part) => {
    expect(hashedPart(key)).toBe(part);
  });

  it.each(['plain', 'a}{', '{a', 'a}', '{a\nb}', 'a\n{b}', '', '}'])('A-91: all of %j is hashed', (key) => {
    expect(hashedPart(key)).toBe(key);
  });

  it('takes a time that grows with the length of the key alone', () => {
    const startedAt = performance.now();
    hashedPart('{'.repeat(1_000_000));
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});
