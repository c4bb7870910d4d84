import { isDeepStrictEqual } from 'node:util';
import { MissingCacheKeyError, type SentinelCache } from 'nestjs-sentinel-cache/core';

import { generationName } from '../../libs/sentinel-cache/src/keys/tag-names.js';
import { escapeGlob } from '../../libs/sentinel-cache/src/keys/key-pattern.js';
import { NOTHING, TagModel } from './tag-model.js';

/** The caches under test: `django` has the same entries and knows no tags; `peer` is another process. */
export interface CachesUnderTest {
  readonly cache: SentinelCache;
  readonly peer: SentinelCache;
  readonly django: SentinelCache;
  readonly keyPrefix: string;
}

const KEYS = ['a', 'user:7', '{a}', 'x{a}y', 'a}b', '{', '{}k', 'ü', '*', 'long'.repeat(60)];
const TAGS = ['users', 'user:7', 'a b', 'ü{x}', '{}', '*'];
const VALUES: readonly unknown[] = [1, 2, 'text', null, { rows: [1, 2] }, 'x'.repeat(3000)];
const LIVES = [60, 3600, null] as const;
const VERSIONS = [1, 2] as const;

/** A generator of numbers from 0 to below a bound, the same for a seed. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Runs random steps on a cache and on the model, and compares each result. Throws with the latest steps. */
export async function compareWithModel(under: CachesUnderTest, steps: number, seed: number): Promise<void> {
  const run = new RandomRun(under, numbersFrom(seed));
  for (let step = 0; step < steps; step += 1) {
    const { name, real, model } = await run.step();
    if (isDeepStrictEqual(real, model)) continue;
    const shown = run.log.slice(-25).join('\n');
    throw new Error(`seed ${seed}, step ${step}, ${name}: expected ${show(model)}, got ${show(real)}. Before:\n${shown}`);
  }
}

interface Compared {
  readonly name: string;
  readonly real: unknown;
  readonly model: unknown;
}
type Step = () => Promise<Omit<Compared, 'name'>>;

class RandomRun {
  readonly log: string[] = [];
  private readonly model = new TagModel();
  private version: 1 | 2 = 1;
  private key = 'a';

  constructor(
    private readonly under: CachesUnderTest,
    private readonly below: (bound: number) => number,
  ) {}

  async step(): Promise<Compared> {
    this.version = this.pick(VERSIONS);
    this.key = this.pick(KEYS.slice(0, 1 + this.below(KEYS.length)));
    const [name, step] = this.pick(this.steps);
    this.log.push(`${name} ${this.id}`);
    const { real, model } = await step();
    return { name: `${name} ${this.id}`, real, model };
  }

  private readonly steps: readonly (readonly [string, Step])[] = [
    ...repeat(4, ['get', () => this.get()] as const),
    ...repeat(4, ['set with tags', () => this.set('always', this.someTags())] as const),
    ['set', () => this.set('always', [])],
    ['set nx', () => this.set('nx', this.someTags())],
    ['set xx', () => this.set('xx', this.someTags())],
    ['add', () => this.set('add', [])],
    ['setMany', () => this.setMany()],
    ...repeat(3, ['getOrSet', () => this.getOrSet()] as const),
    ['getMany', () => this.getMany()],
    ['has', () => this.has()],
    ['delete', () => this.delete()],
    ['deleteMany', () => this.deleteMany()],
    ['touch', () => this.touch()],
    ['persist', () => this.persist()],
    ['ttl', () => this.ttl()],
    ['getWithPttl', () => this.getWithPttl()],
    ['incr', () => this.increment()],
    ['incrVersion', () => this.incrVersion()],
    ['compareAndSet', () => this.compareAndSet()],
    ['keys', () => this.keys()],
    ...repeat(4, ['invalidateTags', () => this.invalidate(this.someTags())] as const),
    ['a generation is evicted', () => this.evict()],
    ['django set', () => this.djangoSet()],
    ['django delete', () => this.djangoDelete()],
    ['django touch', () => this.djangoTouch()],
    ['django incr', () => this.djangoIncrement()],
    ['deletePattern', () => this.rarely(() => this.deletePattern())],
    ['clear', () => this.rarely(() => this.clear())],
  ];

  private get id(): string {
    return `${this.version}:${this.key}`;
  }

  private get at(): { readonly version: number } {
    return { version: this.version };
  }

  /** Either process. */
  private get cache(): SentinelCache {
    return this.below(3) === 0 ? this.under.peer : this.under.cache;
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  private someTags(): string[] {
    const tags = Array.from({ length: 1 + this.below(3) }, () => this.pick(TAGS));
    this.log.push(`  tags ${tags.join(' | ')}`);
    return tags;
  }

  private someValue(): unknown {
    return this.pick(VALUES);
  }

  private async get(): ReturnType<Step> {
    return { real: orNothing(await this.cache.get(this.key, this.at)), model: this.model.read(this.id) };
  }

  private async set(how: 'always' | 'nx' | 'xx' | 'add', tags: string[]): ReturnType<Step> {
    const [value, life, isThere] = [this.someValue(), this.pick(LIVES), this.model.isThere(this.id)];
    const options = { ...this.at, ...(tags.length > 0 ? { tags } : {}) };
    const condition = how === 'nx' ? { nx: true } : how === 'xx' ? { xx: true } : {};
    const real =
      how === 'add'
        ? await this.cache.add(this.key, value, life, options)
        : await this.cache.set(this.key, value, life, { ...options, ...condition });
    const stores = how === 'always' || isThere === (how === 'xx');
    if (stores) this.model.write(this.id, value, life, this.model.stamp(tags));
    return { real, model: stores };
  }

  private async setMany(): ReturnType<Step> {
    const [tags, life] = [this.someTags(), this.pick(LIVES)];
    const values = new Map([this.key, this.pick(KEYS)].map((key) => [key, this.someValue()] as const));
    const real = await this.cache.setMany(values, life, { ...this.at, tags });
    for (const [key, value] of values) this.model.write(`${this.version}:${key}`, value, life, this.model.stamp(tags));
    return { real, model: undefined };
  }

  private async getOrSet(): ReturnType<Step> {
    const [value, life, tags] = [this.someValue(), this.pick(LIVES), this.someTags()];
    const [before, stamp] = [this.model.read(this.id), this.model.stamp(tags)];
    const meanwhile = this.below(4);
    const make = async (): Promise<unknown> => {
      if (meanwhile === 0) await this.invalidate([tags[0]!]);
      if (meanwhile === 1) await this.djangoSet();
      return value;
    };
    const real = await this.cache.getOrSet(this.key, make, life, { ...this.at, tags });
    if (before !== NOTHING) return { real, model: before };
    const faster = this.model.read(this.id);
    if (faster === NOTHING) this.model.write(this.id, value, life, stamp);
    return { real, model: faster === NOTHING ? value : faster };
  }

  private async getMany(): ReturnType<Step> {
    const found = await this.cache.getMany(KEYS, this.at);
    const model = KEYS.map((key) => this.model.read(`${this.version}:${key}`));
    return { real: KEYS.map((key) => (found.has(key) ? found.get(key) : NOTHING)), model };
  }

  private async has(): ReturnType<Step> {
    return { real: await this.cache.has(this.key, this.at), model: this.model.isThere(this.id) };
  }

  private async delete(): ReturnType<Step> {
    return { real: await this.cache.delete(this.key, this.at), model: this.model.remove(this.id) };
  }

  private async deleteMany(): ReturnType<Step> {
    const keys = [...new Set([this.key, this.pick(KEYS)])];
    const real = await this.cache.deleteMany(keys, this.at);
    return { real, model: keys.filter((key) => this.model.remove(`${this.version}:${key}`)).length };
  }

  private async touch(): ReturnType<Step> {
    const seconds = this.pick([60, 7200]);
    return { real: await this.cache.touch(this.key, seconds, this.at), model: this.model.touch(this.id, seconds) };
  }

  private async persist(): ReturnType<Step> {
    return { real: await this.cache.persist(this.key, this.at), model: this.model.touch(this.id, null) };
  }

  private async ttl(): ReturnType<Step> {
    return { real: ageless(await this.cache.ttl(this.key, this.at)), model: this.model.life(this.id) };
  }

  private async getWithPttl(): ReturnType<Step> {
    const found = await this.cache.getWithPttl(this.key, this.at);
    const real = found ? [found.value, ageless(found.pttl === null ? null : found.pttl / 1000)] : NOTHING;
    const value = this.model.read(this.id);
    return { real, model: value === NOTHING ? NOTHING : [value, this.model.life(this.id)] };
  }

  private async increment(): ReturnType<Step> {
    const real = await this.cache.incr(this.key, 3, this.at).catch(refusedOrMissing);
    return { real, model: this.model.increment(this.id, 3) };
  }

  private async incrVersion(): ReturnType<Step> {
    const real = await this.cache.incrVersion(this.key, 3 - 2 * this.version, this.at).catch(refusedOrMissing);
    const to = 3 - this.version;
    return { real, model: this.model.move(this.id, `${to}:${this.key}`) ? to : NOTHING };
  }

  private async compareAndSet(): ReturnType<Step> {
    const before = this.model.read(this.id);
    const { cache } = this;
    const { token } = await cache.getWithToken(this.key, this.at);
    const [value, life, tags] = [this.someValue(), this.pick(LIVES), this.someTags()];
    const meanwhile = this.below(4);
    if (meanwhile === 0) await this.invalidate([this.pick(TAGS)]);
    if (meanwhile === 1) await this.djangoSet();
    const isStill = isDeepStrictEqual(this.model.read(this.id), before);
    const stamp = this.model.stamp(tags);
    const real = await cache.compareAndSet(this.key, token, value, life, { ...this.at, tags });
    if (isStill) this.model.write(this.id, value, life, stamp);
    return { real, model: isStill };
  }

  private async keys(): ReturnType<Step> {
    const there = this.model.idsThere((id) => id.startsWith(`${this.version}:`)).map((id) => id.slice(2));
    return { real: (await this.cache.keys('*', this.at)).toSorted(), model: there.toSorted() };
  }

  private async invalidate(tags: string[]): ReturnType<Step> {
    const real = await this.cache.invalidateTags(...tags);
    this.log.push(`  invalidated ${tags.join(' | ')}`);
    this.model.invalidate(tags);
    return { real, model: undefined };
  }

  private async evict(): ReturnType<Step> {
    const tag = this.pick(TAGS);
    this.log.push(`  evicted ${tag}`);
    await this.under.django.deleteStoredKeys(escapeGlob(generationName(this.under.keyPrefix, tag)));
    this.model.invalidate([tag]);
    return { real: undefined, model: undefined };
  }

  private async djangoSet(): ReturnType<Step> {
    const [value, life] = [this.someValue(), this.pick(LIVES)];
    this.log.push(`  django set ${show(value).slice(0, 20)}`);
    const real = await this.under.django.set(this.key, value, life, this.at);
    this.model.djangoSet(this.id, value, life);
    return { real, model: true };
  }

  private async djangoDelete(): ReturnType<Step> {
    return { real: await this.under.django.delete(this.key, this.at), model: this.model.djangoDelete(this.id) };
  }

  private async djangoTouch(): ReturnType<Step> {
    return { real: await this.under.django.touch(this.key, 60, this.at), model: this.model.djangoTouch(this.id, 60) };
  }

  private async djangoIncrement(): ReturnType<Step> {
    const isDone = await this.under.django.incr(this.key, 1, this.at).then(
      () => true,
      () => false,
    );
    return { real: isDone, model: this.model.djangoIncrement(this.id) };
  }

  private async deletePattern(): ReturnType<Step> {
    const real = await this.cache.deletePattern('*', this.at);
    return { real, model: this.model.removeAll((id) => id.startsWith(`${this.version}:`)) };
  }

  private async clear(): ReturnType<Step> {
    await this.cache.clear();
    this.model.clear();
    return { real: undefined, model: undefined };
  }

  private async rarely(step: Step): ReturnType<Step> {
    return this.below(20) === 0 ? step() : { real: undefined, model: undefined };
  }
}

function repeat<T>(times: number, item: T): T[] {
  return Array.from({ length: times }, () => item);
}

function orNothing(value: unknown): unknown {
  return value === undefined ? NOTHING : value;
}

/** The lifetime that something was stored with: a test does not take a minute. */
function ageless(seconds: number | null): number | null {
  if (seconds === null || seconds === 0) return seconds;
  return [60, 3600, 7200].find((life) => seconds <= life) ?? seconds;
}

function refusedOrMissing(error: unknown): unknown {
  if (error instanceof MissingCacheKeyError) return NOTHING;
  if ((error as { redisCode?: unknown }).redisCode !== undefined) return 'refused';
  throw error;
}

function show(value: unknown): string {
  return typeof value === 'symbol' ? String(value) : String(JSON.stringify(value)).slice(0, 200);
}
