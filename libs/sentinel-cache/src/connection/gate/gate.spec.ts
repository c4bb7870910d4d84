import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Gate } from './gate.js';
import type { GateListener, GateSettings } from './gate-listener.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { Outcome } from '../wire/outcome.js';
import type { PendingReply } from '../wire/pending-replies.js';
import type { RedisCommand } from '../contract/redis-client.js';
import { BYTES, FLAG, OK, orNull } from '../resp/reply-shape.js';
import { permanent, transient } from '../wire/diagnosis.js';

const LIMITS = {
  gate: { queuedCommands: 3, queuedBytes: 10_000, inFlightCommands: 3, inFlightBytes: 100_000 },
  callDeadlineMs: 500,
  breakerFailures: 2,
  maxSocketsPerNode: 100,
  coalesce: 'off' as const,
};

/** A connection in the hands of the test: it says when, and how, each command ends. */
class ScriptedConnection {
  isOpen = true;
  lastProgressAtMs = 0;
  isMidReply = false;
  readonly address = { host: 'node', port: 1 };
  readonly facts = { role: 'master' };
  readonly handed: string[] = [];
  private readonly pending: ((outcome: Outcome) => void)[] = [];

  get inFlight(): number {
    return this.pending.length;
  }

  dispatch(_name: string, args: readonly unknown[], reply: PendingReply): void {
    this.handed.push(String(args[0]));
    this.pending.push((outcome) => reply.done(outcome));
  }

  answer(outcome: Outcome = { kind: 'reply', value: 'OK' }): void {
    this.pending.shift()!(outcome);
  }

  breakNow(): void {
    this.isOpen = false;
    for (const done of this.pending.splice(0)) done({ kind: 'lost' });
  }

  onClose(): void {
    // The test tells the gate itself.
  }

  retire(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }

  destroy(): void {
    this.isOpen = false;
  }

  asConnection(): NodeConnection {
    return this as unknown as NodeConnection;
  }
}

const write = (key: string): RedisCommand => ({ kind: 'write', name: 'SET', args: [key, 'v'], keys: [key] });
const read = (key: string): RedisCommand => ({ kind: 'read', name: 'GET', args: [key], keys: [key] });

const gates: Gate[] = [];
afterEach(() => {
  gates.splice(0).forEach((gate) => gate.close());
  jest.useRealTimers();
});

function createGate(listener: Partial<GateListener> = {}, settings: Partial<GateSettings> = {}): Gate {
  const gate = new Gate(
    { ...LIMITS, ...settings },
    {
      onWrongNode: () => 'ask-again',
      onSilence: () => undefined,
      onUnexpectedReply: () => undefined,
      onBreaker: () => undefined,
      openSecond: () => Promise.reject(new Error('no second one')),
      ...listener,
    },
  );
  gates.push(gate);
  return gate;
}

const settled = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );

describe('Gate', () => {
  it('hands waiting calls over first come, first served, and later ones behind them', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    const calls = [gate.submit(write('a'), 500), gate.submit(write('b'), 500)];
    gate.open(connection.asConnection());
    calls.push(gate.submit(write('c'), 500));
    expect(connection.handed).toEqual(['a', 'b', 'c']);
    for (let i = 0; i < 3; i += 1) connection.answer();
    expect(await Promise.all(calls)).toEqual(['OK', 'OK', 'OK']);
  });

  it('rejects a call whose reply is none to its command, and gives the connection up', async () => {
    const unexpected: NodeConnection[] = [];
    const [gate, connection] = [createGate({ onUnexpectedReply: (bad) => unexpected.push(bad) }), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const call = settled(gate.submit({ ...write('a'), alias: 'default', reply: FLAG }, 500));
    connection.answer({ kind: 'reply', value: null });
    expect(await call).toMatchObject({ reason: 'protocol', executed: 'unknown' });
    expect((await call) as Error).toHaveProperty('message', expect.stringContaining('expected 0 or 1, got null'));
    expect([unexpected, connection.isOpen]).toEqual([[connection], false]);
  });

  it('believes nothing that comes after such a reply: a read is asked again elsewhere, of a write nobody knows', async () => {
    const [gate, connection, next] = [createGate(), new ScriptedConnection(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const shifted = settled(gate.submit({ ...write('a'), reply: OK }, 500));
    const get = gate.submit({ ...read('b'), reply: orNull(BYTES) }, 500);
    const set = settled(gate.submit({ ...write('c'), reply: OK }, 500));
    connection.answer({ kind: 'reply', value: Buffer.from('of b') });
    connection.answer({ kind: 'reply', value: Buffer.from('of somebody else') });
    connection.answer({ kind: 'refused', message: 'OOM' });
    gate.shut(transient('protocol', 'given up.'));
    gate.open(next.asConnection());
    await pause(0);
    expect(next.handed).toEqual(['b']);
    next.answer({ kind: 'reply', value: Buffer.from('b itself') });
    expect(await get).toEqual(Buffer.from('b itself'));
    expect(await shifted).toMatchObject({ reason: 'protocol' });
    expect(await set).toMatchObject({ reason: 'connection-lost', executed: 'unknown' });
  });

  it('takes any reply to a command that names none, such as one of the caller', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const call = gate.submit(read('a'), 500);
    connection.answer({ kind: 'reply', value: [[null, 7]] });
    expect(await call).toEqual([[null, 7]]);
  });

  it('P8: a call that was rejected while it waited is never handed over', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    gate.shut(transient('no-primary', 'nobody is primary.'));
    expect(await settled(gate.submit(write('late'), 20))).toMatchObject({ reason: 'no-primary', executed: false });
    gate.open(connection.asConnection());
    expect(connection.handed).toEqual([]);
  });

  it('a write that has waited until hardly any time is left is rejected, not handed over: its outcome would be unknown', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    const late = settled(gate.submit(write('late'), 100));
    const read1 = gate.submit(read('read'), 100);
    await jest.advanceTimersByTimeAsync(85);
    gate.open(connection.asConnection());
    expect(await late).toMatchObject({ executed: false });
    expect(connection.handed).toEqual(['read']);
    connection.answer();
    expect(await read1).toBe('OK');
  });

  it('P7 (fault 44): a write that was lost with its connection is not sent again, and unknown', async () => {
    const [gate, connection, next] = [createGate(), new ScriptedConnection(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const call = gate.submit(write('a'), 500);
    connection.breakNow();
    expect(await settled(call)).toMatchObject({ reason: 'connection-lost', executed: 'unknown' });
    gate.open(next.asConnection());
    expect(next.handed).toEqual([]);
  });

  it('a read that was lost with its connection is asked again within its deadline', async () => {
    const [gate, connection, next] = [createGate(), new ScriptedConnection(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const calls = [gate.submit(read('a'), 500), gate.submit(read('b'), 500)];
    connection.breakNow();
    const behind = gate.submit(read('c'), 500);
    gate.open(next.asConnection());
    await Promise.resolve();
    await pause(1);
    expect(next.handed.sort()).toEqual(['a', 'b', 'c']);
    for (let i = 0; i < 3; i += 1) next.answer();
    expect(await Promise.all([...calls, behind])).toEqual(['OK', 'OK', 'OK']);
  });

  it('pain 13: a write that a wrong node refused is handed to the next one, and only refused writes are', async () => {
    const told: string[] = [];
    const gate = createGate({ onWrongNode: (_lease, message) => (told.push(message), 'ask-again') });
    const [connection, next] = [new ScriptedConnection(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const call = gate.submit(write('a'), 500);
    gate.shut(transient('no-primary', 'moving.'));
    connection.answer({ kind: 'refused', message: "READONLY You can't write against a read only replica." });
    await pause(1);
    gate.open(next.asConnection());
    next.answer();
    expect(await call).toBe('OK');
    expect(told).toHaveLength(1);
  });

  it('a refusal that no other node would change is told at once, with its code', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const call = gate.submit(write('a'), 500);
    connection.answer({ kind: 'refused', message: "OOM command not allowed when used memory > 'maxmemory'." });
    expect(await settled(call)).toMatchObject({ code: 'SENTINEL_CACHE_REJECTED', redisCode: 'OOM', executed: false });
  });

  it('names the call of the cache, the alias and the words of Redis, without the arguments that Redis repeats', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const operation = { method: 'set', keys: 'user:7' };
    const call = gate.submit({ ...write('a'), alias: 'default', operation }, 500);
    const words = "ERR unknown command 'SET'";
    connection.answer({ kind: 'refused', message: `${words}, with args beginning with: 'a' 'secret' ` });
    expect(await settled(call)).toMatchObject({ message: `Cache 'default', set('user:7'): ${words}`, reply: words });
    connection.breakNow();
    const late = gate.submit({ ...write('a'), alias: 'default', operation }, 1);
    expect(await settled(late)).toMatchObject({ message: expect.stringMatching(/^Cache 'default', set\('user:7'\): gave up/) });
  });

  it('P9: rejects at once when the queue is full, and takes calls again when there is room', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    const waiting = ['a', 'b', 'c'].map((key) => settled(gate.submit(write(key), 500)));
    expect(await settled(gate.submit(write('d'), 500))).toMatchObject({ reason: 'queue-full', executed: false });
    gate.open(connection.asConnection());
    for (let i = 0; i < 3; i += 1) connection.answer();
    await Promise.all(waiting);
    const again = gate.submit(write('e'), 500);
    connection.answer();
    expect(await again).toBe('OK');
  });

  it('P9: bounds the bytes that wait; one value larger than the bound may wait alone', async () => {
    const gate = createGate();
    const big: RedisCommand = { kind: 'write', name: 'SET', args: ['big', Buffer.alloc(50_000)], keys: ['big'] };
    const alone = settled(gate.submit(big, 20));
    expect(await settled(gate.submit(write('a'), 20))).toMatchObject({ reason: 'queue-full' });
    expect(await alone).toMatchObject({ reason: 'no-primary', executed: false });
  });

  it('lets no more be in flight than it may, those counted whose callers gave up', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    connection.lastProgressAtMs = Infinity;
    gate.open(connection.asConnection());
    const given = ['a', 'b', 'c'].map((key) => settled(gate.submit(write(key), 10)));
    expect(await Promise.all(given)).toMatchObject([{ executed: 'unknown' }, { executed: 'unknown' }, { executed: 'unknown' }]);
    const waiting = gate.submit(write('d'), 500);
    expect(connection.handed).toEqual(['a', 'b', 'c']);
    connection.answer();
    expect(connection.handed).toEqual(['a', 'b', 'c', 'd']);
    for (let i = 0; i < 3; i += 1) connection.answer();
    expect(await waiting).toBe('OK');
  });

  it('fault 3: reports silence when a reply is late and nothing else was heard; a slow node that speaks is left alone', async () => {
    let silences = 0;
    const gate = createGate({ onSilence: () => (silences += 1) }, { callDeadlineMs: 10 });
    const connection = new ScriptedConnection();
    gate.open(connection.asConnection());
    await settled(gate.submit(write('a'), 10));
    expect(silences).toBe(1);
    connection.lastProgressAtMs = performance.now() + 1000;
    await settled(gate.submit(write('b'), 10));
    expect(silences).toBe(1);
  });

  it('(fault 58) a reply that had arrived when the event loop was stalled past the deadline still counts', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const call = gate.submit(write('a'), 20);
    setImmediate(() => connection.answer());
    const until = performance.now() + 60;
    while (performance.now() < until);
    expect(await call).toBe('OK');
  });

  it('a permanent diagnosis rejects those who wait and those who come, without their waiting for the deadline', async () => {
    const gate = createGate();
    const waiting = settled(gate.submit(write('a'), 60_000));
    gate.shut(permanent('auth', 'wrong password.'));
    expect(await waiting).toMatchObject({ reason: 'auth', executed: false });
    expect(await settled(gate.submit(write('b'), 60_000))).toMatchObject({ reason: 'auth', executed: false });
  });

  it('a command that can not be written down is told at once, and the gate goes on', async () => {
    const [gate, connection] = [createGate(), new ScriptedConnection()];
    gate.open(connection.asConnection());
    const huge = settled(gate.submit(write('huge'), 500));
    connection.answer({ kind: 'unsent', message: 'Invalid string length' });
    expect(await huge).toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT', executed: false });
    const next = gate.submit(write('a'), 500);
    connection.answer();
    expect(await next).toBe('OK');
  });

  it('a connection that can take no more is reported at the next deadline, since nobody else will', async () => {
    let silences = 0;
    const gate = createGate({ onSilence: () => (silences += 1) });
    const connection = new ScriptedConnection();
    gate.open(connection.asConnection());
    connection.isOpen = false;
    await settled(gate.submit(write('a'), 10));
    expect(silences).toBe(1);
  });

  describe('the circuit breaker', () => {
    const hasty = (key: string): RedisCommand => ({ ...read(key), failFast: true });

    it('a call that fails fast waits while it is closed, and is told at once, those that wait included, when it opens', async () => {
      const states: string[] = [];
      const gate = createGate({ onBreaker: (state) => states.push(state) }, { callDeadlineMs: 40 });
      gate.shut(transient('no-primary', 'gone.'));
      const patient = settled(gate.submit(read('patient'), 60_000));
      expect(await settled(gate.submit(hasty('waits'), 60_000))).toMatchObject({ reason: 'breaker-open', executed: false });
      expect([states, gate.breaker.state]).toEqual([['open'], 'open']);
      const startedMs = performance.now();
      expect(await settled(gate.submit(hasty('now'), 60_000))).toMatchObject({ reason: 'breaker-open', executed: false });
      expect(performance.now() - startedMs).toBeLessThan(30_000);
      const connection = new ScriptedConnection();
      gate.open(connection.asConnection());
      connection.answer();
      expect(await patient).toEqual({ value: 'OK' });
      expect([states, gate.breaker.state, connection.handed]).toEqual([['open', 'closed'], 'closed', ['patient']]);
    });

    it('P10: a move that takes less than a deadline opens nothing, and fails nobody', async () => {
      jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
      const states: string[] = [];
      const gate = createGate({ onBreaker: (state) => states.push(state) });
      const [connection, next] = [new ScriptedConnection(), new ScriptedConnection()];
      gate.open(connection.asConnection());
      gate.shut(transient('no-primary', 'moving.'));
      const call = gate.submit(hasty('a'), 500);
      await jest.advanceTimersByTimeAsync(50);
      gate.open(next.asConnection());
      next.answer();
      expect([await call, states]).toEqual(['OK', []]);
    });

    it('a call that had little time left condemns nobody: a connection is not silent after two milliseconds', async () => {
      jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
      let silences = 0;
      const gate = createGate({ onSilence: () => (silences += 1) });
      const connection = new ScriptedConnection();
      connection.lastProgressAtMs = performance.now();
      gate.open(connection.asConnection());
      const late = settled(gate.submit(read('a'), 2));
      await jest.advanceTimersByTimeAsync(2);
      await late;
      expect([silences, gate.breaker.state]).toEqual([0, 'closed']);
    });

    it('asks a connection that is idle whether it is there, and reports its silence', async () => {
      jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
      let silences = 0;
      const gate = createGate({ onSilence: () => (silences += 1) }, { callDeadlineMs: 60 });
      const connection = new ScriptedConnection();
      gate.open(connection.asConnection());
      await jest.advanceTimersByTimeAsync(200);
      expect(connection.handed).toEqual(['undefined']);
      expect(silences).toBe(1);
    });
  });

  describe('(fault 33) a connection on which nothing is heard, of a node that answers on another', () => {
    it('leaves reads to the other, those that hang included, and holds writes back until one is answered', async () => {
      jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
      const [main, side] = [new ScriptedConnection(), new ScriptedConnection()];
      let silences = 0;
      const gate = createGate(
        { openSecond: () => Promise.resolve(side.asConnection()), onSilence: () => (silences += 1) },
        { callDeadlineMs: 150, gate: { ...LIMITS.gate, inFlightCommands: 10 } },
      );
      gate.open(main.asConnection());
      const calls = [gate.submit(write('w1'), 5000), gate.submit(read('r1'), 5000)];
      await jest.advanceTimersByTimeAsync(100);
      expect([main.handed, side.handed]).toEqual([['w1', 'r1'], ['r1']]);
      calls.push(gate.submit(write('w2'), 5000), gate.submit(read('r2'), 5000));
      expect([main.handed, side.handed]).toEqual([
        ['w1', 'r1'],
        ['r1', 'r2'],
      ]);
      side.answer();
      side.answer();
      expect([await calls[1], await calls[3]]).toEqual(['OK', 'OK']);
      main.answer();
      expect(main.handed).toEqual(['w1', 'r1', 'w2']);
      main.answer();
      main.answer();
      expect([await Promise.all(calls), silences]).toEqual([['OK', 'OK', 'OK', 'OK'], 0]);
    });

    it('replaces the silent connection once; when the next one is silent too, it waits, one write in flight', async () => {
      const mains = [new ScriptedConnection(), new ScriptedConnection()];
      const sides = [new ScriptedConnection(), new ScriptedConnection()];
      let silences = 0;
      const gate = createGate(
        {
          openSecond: () => Promise.resolve(sides.shift()!.asConnection()),
          onSilence: () => {
            silences += 1;
            gate.shut(transient('no-primary', 'silent.'));
            gate.open(mains[1]!.asConnection());
          },
        },
        { callDeadlineMs: 200 },
      );
      gate.open(mains[0]!.asConnection());
      expect(await settled(gate.submit(write('w1'), 200))).toMatchObject({ executed: 'unknown' });
      const late = ['w2', 'w3', 'w4'].map((key) => settled(gate.submit(write(key), 200)));
      expect(await Promise.all(late)).toMatchObject([{ executed: 'unknown' }, { executed: false }, { executed: false }]);
      expect([mains.map(({ handed }) => handed), silences, gate.breaker.state]).toEqual([[['w1'], ['w2']], 1, 'closed']);
    });
  });

  describe('asked whether it would refuse a write, before that has its arguments', () => {
    const planned: RedisCommand = { kind: 'write', name: 'SET', args: [], keys: ['x'], failFast: true };
    const never = (): boolean => false;
    let connection: ScriptedConnection;
    beforeEach(() => {
      connection = new ScriptedConnection();
    });
    // What is in flight keeps its timer until the connection breaks.
    afterEach(() => connection.breakNow());
    const fill = (gate: Gate, calls: number): void => {
      gate.open(connection.asConnection());
      for (let i = 0; i < calls; i += 1) void settled(gate.submit(write(`w${i}`), 1000));
    };

    it.each<[string, string | undefined, (gate: Gate) => void]>([
      ['waits for its first connection', undefined, () => {}],
      ['has a connection', undefined, (gate) => gate.open(connection.asConnection())],
      ['has a connection and no room left in flight', undefined, (gate) => fill(gate, 3)],
      ['is full', 'queue-full', (gate) => fill(gate, 6)],
      ['has a permanent diagnosis', 'auth', (gate) => gate.shut(permanent('auth', 'no.'))],
      ['has its breaker open', 'breaker-open', (gate) => [1, 2].forEach(() => gate.breaker.failed())],
      ['is closed', 'closed', (gate) => gate.close()],
    ])('says what submit says when it %s', async (_state, reason, prepare) => {
      const gate = createGate();
      prepare(gate);
      expect(gate.refusal(planned, never)?.reason).toBe(reason);
      let rejected: unknown;
      void settled(gate.submit({ ...planned, args: ['x', 'v'] }, 1000)).then((outcome) => (rejected = outcome));
      await pause(0);
      if (reason === undefined) expect(rejected).toBeUndefined();
      else expect(rejected).toMatchObject({ reason, executed: false });
    });

    it('counts what the arguments will take at least', () => {
      const gate = createGate();
      const taking = (bytes: number) => (room: number) => bytes > room;
      expect(gate.refusal(planned, taking(1e9))).toBeUndefined();
      void settled(gate.submit(write('a'), 60_000));
      expect(gate.refusal(planned, taking(9000))).toBeUndefined();
      expect(gate.refusal(planned, taking(10_000))?.reason).toBe('queue-full');
    });
  });

  it('after close everything is rejected as closed, what waits included', async () => {
    const gate = createGate();
    const waiting = settled(gate.submit(write('a'), 60_000));
    gate.close();
    expect(await waiting).toMatchObject({ reason: 'closed', executed: false });
    expect(await settled(gate.submit(write('b'), 60_000))).toMatchObject({ reason: 'closed', executed: false });
  });
});
