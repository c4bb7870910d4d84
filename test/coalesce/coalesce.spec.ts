import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalCluster, startLocalRedis, startLocalSentinel, type LocalNode } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

import { until } from '../connection/until.js';
import { programOf, type Grounds, type Kind, type Program } from './program.js';
import { describeCall, runProgram } from './run-program.js';

/** `INTERLEAVINGS=20000 SEED=7 npm test -- coalesce`: so many on each deployment, and other ones. */
const INTERLEAVINGS = Number(process.env.INTERLEAVINGS ?? 120);
const SEED = Number(process.env.SEED ?? 1);
/** A read that a replica answers races with replication, coalesced or not; a fault of ours shows each time. */
const ATTEMPTS = 3;

/** Users and what they may not do. `~*ok*` keeps all of them to some of the keys. */
const USERS = {
  all: ['+@all'],
  'no-mget': ['+@all', '-mget'],
  'no-exists': ['+@all', '-exists'],
  'no-get': ['+@all', '-get'],
} as const;
type User = keyof typeof USERS;

interface Deployment {
  readonly nodes: readonly LocalNode[];
  /** Sends a command to the node that has the key. */
  readonly on: (key: string) => LocalNode | Promise<LocalNode>;
  readonly settings: Record<string, unknown>;
  readonly grounds: Grounds;
  readonly replicas: number;
  stop(): Promise<void>;
}

const PLAIN = ['a', 'b'];
const DEPLOYMENTS: Readonly<Record<string, () => Promise<Deployment>>> = {
  'one Redis': async () => {
    const redis = await startLocalRedis({ password: 'admin' });
    return {
      nodes: [redis.primary],
      on: () => redis.primary,
      settings: { LOCATION: redis.url() },
      grounds: { writesAll: true, parts: PLAIN, movesAny: true },
      replicas: 0,
      stop: () => redis.stop(),
    };
  },
  'Sentinel with replicas that answer reads': async () => {
    const topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 60_000 });
    return {
      nodes: [topology.primary, ...topology.replicas],
      on: () => topology.primary,
      settings: { LOCATION: topology.location(), CLIENT_CLASS: 'django_sentinel.SentinelClient' },
      grounds: { writesAll: false, parts: PLAIN, movesAny: true },
      replicas: 2,
      stop: () => topology.stop(),
    };
  },
  'a cluster': async () => {
    const cluster = await startLocalCluster({ primaries: 3, replicas: 0, password: 'admin' });
    return {
      nodes: cluster.primaries,
      on: async (key) => cluster.ownerOf(await cluster.slotOf(key)),
      settings: { LOCATION: cluster.location() },
      grounds: { writesAll: true, parts: ['{s}', '{t}', 'u'], movesAny: false },
      replicas: 0,
      stop: () => cluster.stop(),
    };
  },
};

describe.each(Object.keys(DEPLOYMENTS))('coalesced reads on %s', (title) => {
  let deployment: Deployment;
  const opened: SentinelCaches[] = [];
  beforeAll(async () => {
    deployment = await DEPLOYMENTS[title]!();
    for (const node of deployment.nodes) {
      for (const [user, rules] of Object.entries(USERS))
        await node.command('ACL', 'SETUSER', user, 'on', '>pw', 'resetkeys', '~*ok*', '&*', ...rules);
    }
  });
  afterAll(async () => {
    await Promise.all(opened.map((caches) => caches.close()));
    await deployment?.stop();
  });

  async function open(user: User, coalesce: boolean): Promise<SentinelCache> {
    const { CLIENT_CLASS, LOCATION } = deployment.settings as Record<string, string>;
    const OPTIONS = {
      SERIALIZER: 'json',
      CONNECTION_POOL_KWARGS: { username: user, password: 'pw' },
      deadline: '60s',
      coalesce,
      ...(CLIENT_CLASS ? { CLIENT_CLASS } : {}),
    };
    const KEY_PREFIX = coalesce ? 'on' : 'off';
    const mine = LOCATION!.replaceAll(':admin@', `${user}:pw@`);
    const caches = createCaches({
      default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: mine, KEY_PREFIX, OPTIONS },
    });
    opened.push(caches);
    const cache = caches.get();
    // A script that a node does not know yet takes two round trips, and other calls come in between.
    for (const key of Array.from({ length: 40 }, (_, i) => `{ok:warm:${i}}`)) {
      await cache.set(key, 1);
      await cache.incr(key).catch(() => undefined);
      await cache.incrVersion(key).catch(() => undefined);
    }
    await until(() => caches.topology()!.replicas.filter(({ connected }) => connected).length === deployment.replicas);
    await cache.get('ok:never written').catch(() => undefined);
    return cache;
  }

  async function begin(cache: SentinelCache, { keys, written }: Program): Promise<void> {
    for (const [key, kind] of keys) {
      const stored = cache.makeKey(key);
      const node = await deployment.on(stored);
      for (const command of beginningOf(stored, kind)) await node.command(...command);
      if (kind === 'expired') await until(async () => (await node.command('EXISTS', stored)) === 0);
    }
    if (deployment.replicas > 0) await deployment.nodes[0]!.command('WAIT', deployment.replicas, 60_000);
    // What the program writes is read from the primary from its first call on.
    if (!deployment.grounds.writesAll) for (const key of written) await cache.touch(key, 1000).catch(() => undefined);
  }

  /** What came of each call, coalesced and not; undefined when it is the same. */
  async function differenceOf(seed: number, on: SentinelCache, off: SentinelCache): Promise<unknown> {
    const program = programOf(seed, deployment.grounds);
    await Promise.all([begin(on, program), begin(off, program)]);
    const [ended, expected] = await Promise.all([runProgram(on, program), runProgram(off, program)]);
    const at = ended.findIndex((end, i) => end !== expected[i]);
    if (at < 0) return undefined;
    const calls = program.turns.flatMap(({ calls }) => calls);
    return { seed, at, call: describeCall(calls[at]!), ended: ended[at], expected: expected[at], program: program.turns };
  }

  it.each(Object.keys(USERS) as User[])('end each call as single reads do, for the user %s', async (user) => {
    const [on, off] = await Promise.all([open(user, true), open(user, false)]);
    const count = Math.ceil(INTERLEAVINGS / Object.keys(USERS).length);
    for (let i = 0; i < count; i += 1) {
      const seed = SEED * 1_000_000 + i;
      let difference = await differenceOf(seed, on, off);
      for (let again = 1; difference && deployment.replicas > 0 && again < ATTEMPTS; again += 1)
        difference = await differenceOf(seed, on, off);
      expect(difference).toBeUndefined();
    }
  });
});

function beginningOf(key: string, kind: Kind): (string | number)[][] {
  const fresh = [['DEL', key]];
  if (kind === 'text') return [['SET', key, '{"begun":1}']];
  if (kind === 'large') return [['SET', key, `"${'l'.repeat(70_000)}"`]];
  if (kind === 'list') return [...fresh, ['RPUSH', key, 'x']];
  return kind === 'expired' ? [['SET', key, '1', 'PX', 1]] : fresh;
}
