import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Gate } from './gate.js';
import type { GateListener } from './gate-listener.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { Outcome } from '../wire/outcome.js';
import type { PendingReply } from '../wire/pending-replies.js';
import type { RedisCommand } from '../contract/redis-client.js';
import { transient } from '../wire/diagnosis.js';

/** Long enough for the second connection to be wanted: a third of the deadline without a word. */
const DEADLINE_MS = 300;
const LOADING: Outcome = { kind: 'refused', message: 'LOADING Redis is loading the dataset in memory' };
const write = (key: string): RedisCommand => ({ kind: 'write', name: 'SET', args: [key, 'v'], keys: [key] });
const read = (key: string): RedisCommand => ({ kind: 'read', name: 'GET', args: [key], keys: [key] });

class ScriptedConnection {
  isOpen = true;
  lastProgressAtMs = 0;
  isMidReply = false;
  readonly address = { host: 'node', port: 1 };
  readonly facts = { role: 'master' };
  readonly handed: string[] = [];
  readonly pending: ((outcome: Outcome) => void)[] = [];
  get inFlight(): number {
    return this.pending.length;
  }
  dispatch(name: string, args: readonly unknown[], reply: PendingReply): void {
    this.handed.push(String(args[0] ?? name));
    this.pending.push((outcome) => reply.done(outcome));
  }
  answerAll(outcome: Outcome = { kind: 'reply', value: 'OK' }): void {
    this.lastProgressAtMs = performance.now();
    for (const done of this.pending.splice(0)) done(outcome);
  }
  onClose(): void {}
  retire(): Promise<void> {
    return Promise.resolve();
  }
  destroy(): void {
    this.isOpen = false;
  }
}

describe('a gate with two connections to one node', () => {
  let gate: Gate;
  let main: ScriptedConnection;
  let second: ScriptedConnection;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
    // Nothing was heard for long, when a test begins.
    jest.advanceTimersByTime(10_000);
  });
  afterEach(() => {
    gate.close();
    jest.useRealTimers();
  });

  function open(listener: Partial<GateListener> = {}): void {
    main = new ScriptedConnection();
    second = new ScriptedConnection();
    gate = new Gate(
      {
        gate: { queuedCommands: 3, queuedBytes: 10_000, inFlightCommands: 100, inFlightBytes: 100_000 },
        callDeadlineMs: DEADLINE_MS,
        breakerFailures: 2,
        maxSocketsPerNode: 10,
        coalesce: 'off',
      },
      {
        onWrongNode: () => (gate.shut(transient('no-primary', 'it is loading.')), 'ask-again'),
        onSilence: () => gate.shut(transient('no-primary', 'replaced.')),
        onUnexpectedReply: () => undefined,
        onBreaker: () => undefined,
        openSecond: () => Promise.resolve(second as unknown as NodeConnection),
        ...listener,
      },
    );
    gate.open(main as unknown as NodeConnection);
  }
  const settled = (call: Promise<unknown>) => call.catch((error: { reason: string }) => error.reason);
  /** Reads that hang on the first connection have been asked on the second. */
  async function askedOnBoth(calls: number): Promise<void> {
    while (second.handed.length < calls) await jest.advanceTimersByTimeAsync(5);
  }

  it('a read that both give back waits once', async () => {
    open();
    const call = settled(gate.submit(read('a'), DEADLINE_MS));
    await askedOnBoth(1);
    main.answerAll(LOADING);
    second.answerAll(LOADING);
    await Promise.resolve();
    const next = new ScriptedConnection();
    gate.open(next as unknown as NodeConnection);
    next.answerAll();
    expect([await call, next.handed]).toEqual(['OK', ['a']]);
  });

  it('reads that one gives back and the other answers are settled, and leave their room to others', async () => {
    open();
    const calls = ['a', 'b', 'c'].map((key) => settled(gate.submit(read(key), DEADLINE_MS)));
    await askedOnBoth(3);
    main.answerAll(LOADING);
    await Promise.resolve();
    second.answerAll();
    expect(await Promise.all(calls)).toEqual(['OK', 'OK', 'OK']);
    const next = new ScriptedConnection();
    gate.open(next as unknown as NodeConnection);
    expect(next.handed).toEqual([]);
  });

  it('a connection that is replaced, though its node lives, opens no circuit breaker, however many calls were on it', async () => {
    const told: string[] = [];
    let replaced = 0;
    open({
      onBreaker: (state) => told.push(state),
      onSilence: () => {
        replaced += 1;
        gate.shut(transient('no-primary', 'replaced.'));
      },
    });
    const calls = ['a', 'b', 'c', 'd'].map((key) => settled(gate.submit(write(key), DEADLINE_MS)));
    const answering = setInterval(() => second.answerAll(), 5);
    await jest.advanceTimersByTimeAsync(2 * DEADLINE_MS);
    expect(await Promise.all(calls)).toEqual(['deadline', 'deadline', 'deadline', 'deadline']);
    clearInterval(answering);
    expect([replaced, told]).toEqual([1, []]);
  });

  it('says nothing more once it is closed', async () => {
    const told: string[] = [];
    open({ onBreaker: (state) => told.push(state) });
    gate.shut(transient('no-primary', 'gone.'));
    while (!gate.breaker.isOpen) {
      gate.breaker.failed();
      await jest.advanceTimersByTimeAsync(1);
    }
    gate.close();
    gate.breaker.probing(true);
    gate.breaker.probing(false);
    expect(told).toEqual(['open']);
  });
});
