/**
 * One of three sentinels lies, in every way at once that we know of: a rogue and a client for each way, on one real topology with two honest
 * sentinels, which fails over twice meanwhile.
 *
 *   HOSTILE_SECONDS=300 npm run test:hostile -- rogue   five minutes of lies instead of twenty seconds
 */
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalSentinel, type LocalNode, type LocalSentinel } from 'local-sentinel';
import { createCaches, type DjangoSettings, type SentinelCaches } from 'nestjs-sentinel-cache';

import { connectedPrimary } from '../connection/connected-primary.js';
import { rejectionOf, until } from '../cache/support/waiting.js';
import { WriteLedger, type LedgerEntry } from '../failover/write-ledger.js';
import { startQuickTopology } from '../support/quick-topology.js';
import { startAttacker, type Attacker } from './support/attacker.js';
import {
  aboutReplica,
  startRogueSentinel,
  switchOf,
  type Knowledge,
  type Lies,
  type RogueSentinel,
} from './support/rogue-sentinel.js';

const SECONDS = Number(process.env.HOSTILE_SECONDS ?? 20);
const PASSWORD = 'admin';
const SENTINEL_PASSWORD = 'sentinel-s3cret';
const INVENTED = 13;
/** Long enough that a call outlives a failover on a busy machine. */
const DEADLINE_MS = 10_000;
/** Sentinel notices and elects; what comes after is ours, and a matter of milliseconds. */
const FAILED_OVER_WITHIN_MS = 20_000;

/** The servers of one attacker: a Redis, and the sentinels that the rogue invents. */
interface Camp {
  readonly redis: Attacker;
  readonly inventions: readonly RogueSentinel[];
  readonly ids: readonly string[];
  stop(): Promise<void>;
}

async function startCamp(truth: () => Knowledge): Promise<Camp> {
  const redis = await startAttacker();
  const ids = Array.from({ length: INVENTED }, (_, i) => `${i.toString(16).padStart(2, '0')}`.repeat(20));
  // Each proves the id that the rogue lists it under, and names the attacker.
  const inventions = await Promise.all(
    ids.map((id) => startRogueSentinel(() => ({ ...truth(), id, primary: redis, replicas: [redis], epoch: 99 }))),
  );
  return {
    redis,
    inventions,
    ids,
    stop: async () => void (await Promise.all([redis, ...inventions].map((each) => each.stop()))),
  };
}

/** What an honest sentinel would know, of a topology that is asked about its primary by the test. */
async function truthOf(topology: LocalSentinel): Promise<() => Knowledge> {
  const ids = await Promise.all(topology.sentinels.map(async (sentinel) => String(await sentinel.command('SENTINEL', 'MYID'))));
  const address = ({ host, port }: LocalNode) => ({ host, port });
  return () => ({
    primary: address(topology.primary),
    replicas: topology.replicas.map(address),
    sentinels: topology.sentinels.map((sentinel, i) => ({ ...address(sentinel), id: ids[i]! })),
    id: 'f'.repeat(40),
    epoch: 0,
  });
}

function open(location: string, options: Record<string, unknown> = {}): SentinelCaches {
  const OPTIONS = {
    PASSWORD,
    CLIENT_CLASS: 'django_sentinel.SentinelClient',
    SENTINEL_KWARGS: { password: SENTINEL_PASSWORD, socket_timeout: 5 },
    deadline: DEADLINE_MS,
    ...options,
  };
  return createCaches({ default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: location, OPTIONS } } as DjangoSettings);
}
const locationOf = (...sentinels: readonly { readonly host: string; readonly port: number }[]): string =>
  `mymaster/${sentinels.map(({ host, port }) => `${host}:${port}`).join(',')}/0`;

/** What the attacker got: nothing, it is hoped. */
const lootOf = ({ redis, inventions }: Camp) => ({
  auths: redis.auths.length,
  writes: redis.commands.length,
  sentinelAuths: inventions.flatMap(({ auths }) => auths).length,
});
const NOTHING = { auths: 0, writes: 0, sentinelAuths: 0 };

type Way = readonly [name: string, lies: (camp: Camp) => Lies, options?: Record<string, unknown>];

const inventedBy = ({ inventions, ids }: Camp) => inventions.map(({ host, port }, i) => ({ host, port, id: ids[i]! }));
const WAYS: readonly Way[] = [
  [
    'announces every 700 ms that the attacker is the primary now',
    ({ redis }) => ({ announces: ({ primary }) => [switchOf(primary, redis)] }),
  ],
  [
    'names the attacker whenever it is asked, by a higher epoch',
    ({ redis }) => ({ claims: () => ({ primary: redis, epoch: 99 }) }),
  ],
  [
    'lists thirteen sentinels of its own, who name the attacker and prove their ids',
    (camp) => ({ claims: ({ sentinels }) => ({ primary: camp.redis, sentinels: [...inventedBy(camp), ...sentinels] }) }),
  ],
  [
    'lists the attacker as a replica, and announces that it was chosen, promoted and made the primary',
    ({ redis }) => ({
      claims: ({ replicas }) => ({ replicas: [redis, ...replicas] }),
      announces: ({ primary }) => [
        aboutReplica('+slave', redis, primary),
        aboutReplica('+selected-slave', redis, primary),
        aboutReplica('+promoted-slave', redis, primary),
        switchOf(primary, redis),
      ],
    }),
    { eagerFailover: true },
  ],
  [
    'calls itself by the id of an honest one',
    ({ redis }) => ({ claims: ({ sentinels }) => ({ id: sentinels[0]!.id, primary: redis, sentinels: [] }) }),
  ],
  [
    'announces twenty times a second that a true replica is the primary now, and the old one again',
    () => ({
      announces: ({ primary, replicas }) => replicas.flatMap((one) => [switchOf(primary, one), switchOf(one, primary)]),
      everyMs: 50,
    }),
  ],
  [
    'does all of that, from new connections every second',
    (camp) => ({
      claims: () => ({
        id: 'e'.repeat(40),
        primary: camp.redis,
        replicas: [camp.redis],
        sentinels: inventedBy(camp),
        epoch: 1e6,
      }),
      announces: ({ primary, replicas }) => [
        aboutReplica('+selected-slave', camp.redis, primary),
        ...[camp.redis, ...replicas].map((one) => switchOf(primary, one)),
        switchOf(camp.redis, primary),
      ],
      everyMs: 100,
      hangsUpAfterMs: 1000,
    }),
    { eagerFailover: true },
  ],
];

/** One way of lying, and who has to live with it. */
interface Scene {
  readonly camp: Camp;
  readonly rogue: RogueSentinel;
  readonly caches: SentinelCaches;
  readonly ledger: WriteLedger;
}

describe(`one of three sentinels lies for ${SECONDS} s`, () => {
  let topology: LocalSentinel;
  let scenes: Scene[];
  /** Between these the primary was away. */
  const outage = { fromMs: Infinity, toMs: -Infinity };
  const followed: string[] = [];

  async function startScene(way: Way, truth: () => Knowledge): Promise<Scene> {
    const [name, lies, options] = way;
    const [camp, rogue] = await Promise.all([startCamp(truth), startRogueSentinel(truth)]);
    // The first of the list, and the quickest to answer.
    const caches = open(locationOf(rogue, ...topology.sentinels), options);
    rogue.lie(lies(camp));
    await caches.get().set('warm', 1);
    const ledger = new WriteLedger(caches.get(), name);
    ledger.start(50);
    return { camp, rogue, caches, ledger };
  }

  /** Waits until every client is where the topology is, and has written there. */
  async function allFollow(what: string): Promise<void> {
    const sinceMs = performance.now();
    const isThere = ({ caches, ledger }: Scene): boolean =>
      connectedPrimary(caches) === topology.primary.address && ledger.firstAcknowledgedAfter(sinceMs) !== undefined;
    // Whoever does not follow must not keep the loot from being counted.
    const end = await until(what, () => scenes.every(isThere), FAILED_OVER_WITHIN_MS).then(
      () => what,
      (error: Error) => error.message,
    );
    followed.push(end);
  }

  beforeAll(
    async () => {
      topology = await startQuickTopology({ sentinels: 2, sentinelPassword: SENTINEL_PASSWORD, password: PASSWORD });
      const truth = await truthOf(topology);
      scenes = await Promise.all(WAYS.map((way) => startScene(way, truth)));
      await pause((SECONDS * 1000) / 3);
      await topology.failover();
      await allFollow('a planned failover');
      await pause((SECONDS * 1000) / 3);
      await topology.settled();
      const killed = topology.primary;
      outage.fromMs = performance.now();
      await killed.kill();
      await until(
        'another is elected',
        async () => {
          await topology.refresh();
          return topology.primary !== killed;
        },
        FAILED_OVER_WITHIN_MS,
      );
      await allFollow('the death of the primary');
      outage.toMs = performance.now();
      await pause((SECONDS * 1000) / 3);
      await Promise.all(scenes.map(({ ledger }) => ledger.stop(2 * DEADLINE_MS)));
      const sums = scenes.map(({ camp }) => lootOf(camp));
      const sum = (of: (loot: (typeof sums)[number]) => number): number => sums.reduce((all, loot) => all + of(loot), 0);
      const calls = scenes.reduce((all, { ledger }) => all + ledger.entries.length, 0);
      process.stdout.write(
        `rogue sentinels, ${WAYS.length} for ${SECONDS} s beside two honest ones: ${calls} writes, ${sum(({ writes }) => writes)} reached the ` +
          `attacker, who saw ${sum(({ auths }) => auths)} AUTHs; ${sum(({ sentinelAuths }) => sentinelAuths)} AUTHs at invented sentinels\n`,
      );
    },
    (SECONDS + 120) * 1000,
  );
  afterAll(async () => {
    await Promise.all(scenes.map(({ caches }) => caches.close()));
    await Promise.all([topology.stop(), ...scenes.flatMap(({ camp, rogue }) => [camp.stop(), rogue.stop()])]);
  }, 30_000);

  const unexcused = ({ ledger }: Scene): LedgerEntry[] =>
    ledger.rejected().filter(({ startedAtMs, settledAtMs }) => settledAtMs! < outage.fromMs || startedAtMs > outage.toMs);

  it.each(WAYS.map(([name], i) => [name, i] as const))('it %s: the attacker sees no password and no write', (_name, i) => {
    const { camp, rogue } = scenes[i]!;
    expect(lootOf(camp)).toEqual(NOTHING);
    expect(rogue.asked()).toBeGreaterThan(SECONDS / 2);
    expect(rogue.announced() > 0).toBe(WAYS[i]![1](camp).announces !== undefined);
  });
  it.each(WAYS.map(([name], i) => [name, i] as const))('it %s: honest writes go on, and every call settles', (_name, i) => {
    const { ledger } = scenes[i]!;
    expect(unexcused(scenes[i]!)).toEqual([]);
    expect(ledger.unsettled()).toEqual([]);
    expect(ledger.unhandledRejections()).toEqual([]);
    expect(ledger.entries.filter(({ acknowledged }) => acknowledged).length).toBeGreaterThan(SECONDS);
  });
  it('both failovers were followed by all', () => {
    expect(followed).toEqual(['a planned failover', 'the death of the primary']);
  });
});

describe('a client that starts beside a sentinel that lies', () => {
  let topology: LocalSentinel;
  let truth: () => Knowledge;
  let camp: Camp;
  let rogue: RogueSentinel;
  let caches: SentinelCaches;
  beforeAll(async () => {
    topology = await startLocalSentinel({ sentinels: 2, replicas: 1, sentinelPassword: SENTINEL_PASSWORD, password: PASSWORD });
    truth = await truthOf(topology);
  }, 30_000);
  afterAll(() => topology.stop(), 30_000);
  afterEach(async () => {
    await caches.close();
    await Promise.all([camp.stop(), rogue.stop()]);
  });

  const startRogue = async (): Promise<void> => {
    [camp, rogue] = await Promise.all([startCamp(truth), startRogueSentinel(truth)]);
  };
  const everything = (): Lies => ({
    claims: () => ({ primary: camp.redis, replicas: [camp.redis], sentinels: inventedBy(camp), epoch: 1e6 }),
    announces: ({ primary }) => [aboutReplica('+selected-slave', camp.redis, primary), switchOf(primary, camp.redis)],
    everyMs: 50,
  });
  /** What is announced again and again has been heard. */
  const untilItHasLied = (times: number): Promise<void> => {
    const before = rogue.announced();
    return until('it has lied', () => rogue.announced() > before + times);
  };

  it('does not try what the first one names while the others may still answer', async () => {
    await startRogue();
    rogue.lie(everything());
    await topology.hangHost(topology.sentinels);
    caches = open(locationOf(rogue, ...topology.sentinels), { eagerFailover: true });
    const write = caches.get().set('boot', 1);
    await until('the rogue has answered', () => rogue.asked() > 2);
    await topology.resumeHost(topology.sentinels);
    expect(await write).toBe(true);
    expect(connectedPrimary(caches)).toBe(topology.primary.address);
    expect(lootOf(camp)).toEqual(NOTHING);
  }, 30_000);

  it('with LOCATION of two connects to nobody while they disagree, and says whom each names', async () => {
    await startRogue();
    rogue.lie(everything());
    caches = open(locationOf(rogue, topology.sentinels[0]!), { deadline: 1000 });
    const error = await rejectionOf(caches.get().set('two', 1));
    expect(error).toMatchObject({ reason: 'no-primary', executed: false });
    expect(error.message).toContain(topology.primary.address);
    expect(lootOf(camp)).toEqual(NOTHING);
  }, 30_000);

  it('with LOCATION of two stays where it is when one of them begins to lie', async () => {
    await startRogue();
    caches = open(locationOf(rogue, topology.sentinels[0]!));
    await caches.get().set('two', 1);
    rogue.lie(everything());
    await untilItHasLied(40);
    expect(await caches.get().set('two', 2)).toBe(true);
    expect(connectedPrimary(caches)).toBe(topology.primary.address);
    expect(lootOf(camp)).toEqual(NOTHING);
  }, 30_000);

  it('a standing connection is not moved by the only one of three that still answers', async () => {
    await startRogue();
    caches = open(locationOf(rogue, ...topology.sentinels));
    await caches.get().set('three', 1);
    await until('all three are heard', () => caches.topology()!.sentinels.every(({ reachable }) => reachable));
    await topology.hangHost(topology.sentinels);
    rogue.lie(everything());
    // Until the hung ones are known to be silent, and for some lies after that.
    await until('the others are silent', () => caches.topology()!.sentinels.filter(({ reachable }) => reachable).length === 1);
    await untilItHasLied(20);
    expect(await caches.get().set('three', 2)).toBe(true);
    expect(connectedPrimary(caches)).toBe(topology.primary.address);
    expect(lootOf(camp)).toMatchObject({ auths: 0, writes: 0 });
    await topology.resumeHost(topology.sentinels);
  }, 60_000);

  it('with LOCATION of one its word is all there is: docs/security.md says so', async () => {
    await startRogue();
    rogue.lie(everything());
    caches = open(locationOf(rogue));
    expect(await caches.get().set('one', 1)).toBe(true);
    expect(connectedPrimary(caches)).toBe(`${camp.redis.host}:${camp.redis.port}`);
    expect(camp.redis.auths).toEqual([`default ${PASSWORD}`]);
    expect(camp.redis.commands.length).toBeGreaterThan(0);
  }, 30_000);
});
