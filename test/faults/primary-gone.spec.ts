import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventRecording, LocalSentinel, SwitchEvent } from 'local-sentinel';

import { connectedPrimary } from '../connection/connected-primary.js';
import { Clients, type Client } from './support/clients.js';
import { healed, infoNumber, nodeAt, setDownAfter, startQuickTopology } from './support/quick-topology.js';
import { report, underLoad, type Outcome } from './support/under-load.js';

/** A second of calls, and some: what a load of a hundred calls a second may lose to asynchronous replication. */
const REPLICATION_LAG_CALLS = 50;

describe('the primary goes, while 100 calls a second write', () => {
  let topology: LocalSentinel;
  let recording: EventRecording;
  const clients = new Clients();
  beforeAll(async () => {
    topology = await startQuickTopology();
    recording = await topology.recordEvents();
  });
  afterAll(() => topology.stop());
  afterEach(async () => {
    await clients.closeAll();
    await healed(topology);
  });

  const nextSwitch = (): Promise<SwitchEvent> => recording.firstSwitch('mymaster', { after: performance.now() });

  /** The log of one failover is connected, lost, moved, and nothing else; writes go on soon after it is announced. */
  function expectOneMove(client: Client, { ledger }: Outcome, { to, at }: SwitchEvent): void {
    expect(client.log.map(({ level }) => level)).toEqual(['info', 'warn', 'info']);
    expect(client.moves()).toHaveLength(1);
    expect(connectedPrimary(client.caches)).toBe(to);
    expect(ledger.firstAcknowledgedAfter(at)!.settledAtMs! - at).toBeLessThan(2000);
  }

  function expectLostOnlyAtTheFault({ lost, faultAtMs }: Outcome): void {
    expect(lost.length).toBeLessThanOrEqual(REPLICATION_LAG_CALLS);
    expect(lost.filter(({ startedAtMs }) => startedAtMs > faultAtMs + 100)).toEqual([]);
  }

  /** A caller who fails fast is told at once, and nothing is sent, while the circuit breaker is open. */
  function expectFailedFast({ ledger, faultAtMs }: Outcome, untilMs: number): void {
    const meanwhile = ledger.entries.filter(({ startedAtMs: at }) => at > faultAtMs + 1200 && at < untilMs - 100);
    expect(meanwhile.length).toBeGreaterThan(10);
    expect(meanwhile.filter(({ error }) => (error as { reason?: string } | undefined)?.reason !== 'breaker-open')).toEqual([]);
    expect(Math.max(...meanwhile.map(({ startedAtMs, settledAtMs }) => settledAtMs! - startedAtMs))).toBeLessThan(200);
  }

  it('fault 1: killed with SIGKILL, it is left in one move, and nothing is told wrongly', async () => {
    const client = await clients.connect(topology);
    const old = topology.primary;
    let change!: SwitchEvent;
    const outcome = await underLoad(client, {
      inflict: async () => {
        await old.kill();
        change = await nextSwitch();
      },
    });
    report('fault 1', outcome);
    expectOneMove(client, outcome, change);
    expectLostOnlyAtTheFault(outcome);
    // What waited was never handed over; only what was on the socket at the kill is unknown.
    expect(outcome.unknown.filter(({ startedAtMs }) => startedAtMs > outcome.faultAtMs + 100)).toEqual([]);
  });

  it('fault 2: restarted in an orderly way within the patience of the sentinels, it is found again and has lost nothing', async () => {
    await setDownAfter(topology, 8000);
    const client = await clients.connect(topology);
    const { primary } = topology;
    try {
      const outcome = await underLoad(client, { inflict: () => primary.restart() });
      report('fault 2', outcome);
      expect(outcome.lost).toEqual([]);
      expect(client.moves()).toEqual([]);
      expect(connectedPrimary(client.caches)).toBe(primary.address);
      // A primary that shuts down may hold writes until its replicas have all: a silence, and then the end.
      expect(client.log.length).toBeLessThanOrEqual(5);
      expect(client.log.at(-1)).toMatchObject({ level: 'info' });
    } finally {
      await setDownAfter(topology, 1000);
    }
  });

  it('fault 3: hung with SIGSTOP, it is left in one move; the breaker answers meanwhile, and what it executes when it wakes is nowhere', async () => {
    const client = await clients.connect(topology, { options: { circuitBreaker: true } });
    const old = topology.primary;
    let change!: SwitchEvent;
    const outcome = await underLoad(client, {
      inflict: async () => {
        await old.hang();
        change = await nextSwitch();
      },
      heal: () => healed(topology),
    });
    report('fault 3', outcome);
    expectOneMove(client, outcome, change);
    // The leader of the failover names the new primary before it announces it: so does our connection move.
    expectFailedFast(outcome, Math.min(change.at, client.moves()[0]!.atMs));
    expectLostOnlyAtTheFault(outcome);
    // Silence is noticed at the first deadline: later calls are not handed to the hung socket.
    expect(outcome.unknown.filter(({ startedAtMs }) => startedAtMs > outcome.faultAtMs + 1000 + 500)).toEqual([]);
  });

  it('fault 4: hung for less than the patience of the sentinels, it is used again, and not stormed with connections', async () => {
    await setDownAfter(topology, 8000);
    const client = await clients.connect(topology, { options: { circuitBreaker: true } });
    const { primary } = topology;
    const before = await infoNumber(primary, 'total_connections_received');
    try {
      const outcome = await underLoad(client, { inflict: () => primary.command('DEBUG', 'SLEEP', '2') });
      report('fault 4', outcome);
      expect(client.moves()).toEqual([]);
      expect(outcome.lost).toEqual([]);
      expectFailedFast(outcome, outcome.faultAtMs + 2000);
      // Two seconds of sleep: the sentinels and replicas keep their connections, ours is tried a few times a second.
      expect((await infoNumber(primary, 'total_connections_received')) - before).toBeLessThanOrEqual(12);
      expect(client.log.map(({ level }) => level)).toEqual(['info', 'warn', 'info']);
    } finally {
      await setDownAfter(topology, 1000);
    }
  });

  it('fault 11: hung together with the first sentinel of the list, it is left in one move all the same', async () => {
    const client = await clients.connect(topology);
    const old = topology.primary;
    const outcome = await underLoad(client, {
      inflict: async () => {
        await Promise.all([old.hang(), topology.sentinels[0]!.hang()]);
        await nextSwitch();
      },
      heal: () => healed(topology),
    });
    report('fault 11', outcome);
    expect(client.moves()).toHaveLength(1);
    expect(connectedPrimary(client.caches)).not.toBe(old.address);
    expect(nodeAt(topology, connectedPrimary(client.caches)).role).toBe('primary');
    expectLostOnlyAtTheFault(outcome);
  });
});
