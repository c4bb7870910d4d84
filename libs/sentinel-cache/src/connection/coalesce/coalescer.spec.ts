import { beforeEach, describe, expect, it } from '@jest/globals';

import { BYTES, OK, orNull } from '../resp/reply-shape.js';
import type { Reply } from '../resp/reply.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { Outcome } from '../wire/outcome.js';
import type { PendingReply } from '../wire/pending-replies.js';
import type { RedisCommand } from '../contract/redis-client.js';
import { CoalescedSender } from './coalesced-sender.js';
import type { Coalescing } from './plan-reads.js';

const value = (text: string): Outcome => ({ kind: 'reply', value: Buffer.from(text) });
const NOTHING: Outcome = { kind: 'reply', value: null };
const refused = (message: string): Outcome => ({ kind: 'refused', message });

/** A connection in the hands of the test: it says when a turn ends, and how each command does. */
class ScriptedConnection {
  readonly sent: string[] = [];
  private readonly waiting: PendingReply[] = [];
  private readonly closers: (() => void)[] = [];
  private closed = false;
  endTurn: () => void = () => undefined;

  dispatch(name: string, args: readonly unknown[], reply: PendingReply): void {
    this.sent.push([name, ...args].join(' '));
    this.waiting.push(reply);
  }
  beforeWrite(listener: () => void): void {
    this.endTurn = listener;
  }
  writeSoon(): void {
    // The test ends the turn.
  }
  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closers.push(listener);
  }
  answer(outcome: Outcome): void {
    this.waiting.shift()!.done(outcome);
  }
  /** Answers an MGET item by item, as the reader does. */
  answerItems(...items: readonly Reply[]): void {
    const reply = this.waiting[0]!;
    items.forEach((item, i) => reply.onItem!(item, i));
    this.answer({ kind: 'reply', value: [] });
  }
  breakNow(): void {
    this.closed = true;
    for (const reply of this.waiting.splice(0)) reply.done({ kind: 'lost' });
    for (const closer of this.closers) closer();
  }
  /** What was sent since it was last asked. */
  news(): string[] {
    return this.sent.splice(0);
  }
}

describe('reads of one turn', () => {
  let connection: ScriptedConnection;
  let sender: CoalescedSender;
  let outcomes: Record<string, unknown>;

  const send = (id: string, command: RedisCommand): void =>
    sender.send(connection as unknown as NodeConnection, command, {
      messages: 0,
      done: (outcome) => {
        if (id in outcomes) throw new Error(`${id} ended twice`);
        outcomes[id] =
          outcome.kind === 'reply' ? (Buffer.isBuffer(outcome.value) ? String(outcome.value) : outcome.value) : outcome;
      },
    });
  const get = (key: string, id = key): void =>
    send(id, { kind: 'replica-read', name: 'GET', args: [key], keys: [key], reply: orNull(BYTES) });
  const set = (key: string): void => send(`set ${key}`, { kind: 'write', name: 'SET', args: [key, 'v'], keys: [key], reply: OK });

  function begin(coalescing: Coalescing = 'any', isProven = true): void {
    connection = new ScriptedConnection();
    sender = new CoalescedSender(coalescing);
    outcomes = {};
    if (!isProven) return;
    get('first');
    connection.endTurn();
    connection.answer(NOTHING);
    connection.news();
    outcomes = {};
  }
  beforeEach(() => begin());

  it('become one MGET, each key asked once, and each caller gets the value of its key', () => {
    get('a');
    get('b');
    get('a', 'a again');
    expect(connection.news()).toEqual([]);
    connection.endTurn();
    expect(connection.news()).toEqual(['MGET a b']);
    connection.answerItems(Buffer.from('A'), Buffer.from('B'));
    expect(outcomes).toEqual({ a: 'A', b: 'B', 'a again': 'A' });
  });

  it('are handed out one by one as they arrive', () => {
    get('a');
    get('b');
    connection.endTurn();
    connection.dispatch('PING', [], { messages: 0, done: () => undefined });
    (connection as unknown as { waiting: PendingReply[] }).waiting[0]!.onItem!(Buffer.from('A'), 0);
    expect(outcomes).toEqual({ a: 'A' });
  });

  it('are a GET when there is one key only', () => {
    get('a');
    get('a', 'a again');
    connection.endTurn();
    expect(connection.news()).toEqual(['GET a']);
    connection.answer(refused('WRONGTYPE Operation against a key'));
    expect(outcomes).toEqual({ a: refused('WRONGTYPE Operation against a key'), 'a again': outcomes.a });
  });

  it('are asked one by one until a GET was answered on the connection: a user may be allowed MGET alone', () => {
    begin('any', false);
    get('a');
    get('b');
    connection.endTurn();
    expect(connection.news()).toEqual(['GET a', 'GET b']);
    connection.answer(refused("NOPERM User u has no permissions to run the 'get' command"));
    connection.answer(refused("NOPERM User u has no permissions to run the 'get' command"));
    get('c');
    get('d');
    connection.endTurn();
    expect(connection.news()).toEqual(['GET c', 'GET d']);
    connection.answer(NOTHING);
    connection.answer(NOTHING);
    get('e');
    get('f');
    connection.endTurn();
    expect(connection.news()).toEqual(['MGET e f']);
  });

  it('with nils end by one EXISTS of them: 0 means that all are misses', () => {
    for (const key of ['a', 'b', 'c']) get(key);
    connection.endTurn();
    connection.news();
    connection.answerItems(null, Buffer.from('B'), null);
    expect(outcomes).toEqual({ b: 'B' });
    expect(connection.news()).toEqual(['EXISTS a c']);
    connection.answer({ kind: 'reply', value: 0 });
    expect(outcomes).toEqual({ a: null, b: 'B', c: null });
  });

  it('with nils that exist are asked by GET, which refuses another type, and a key like that is asked alone from then on', () => {
    for (const key of ['a', 'b', 'c']) get(key);
    connection.endTurn();
    connection.answerItems(null, null, Buffer.from('C'));
    connection.answer({ kind: 'reply', value: 1 });
    expect(connection.news()).toEqual(['MGET a b c', 'EXISTS a b', 'GET a', 'GET b']);
    connection.answer(refused('WRONGTYPE Operation'));
    connection.answer(NOTHING);
    expect(outcomes).toEqual({ a: refused('WRONGTYPE Operation'), b: null, c: 'C' });
    for (const key of ['a', 'b', 'c']) get(key, `${key} later`);
    connection.endTurn();
    expect(connection.news()).toEqual(['MGET b c', 'GET a']);
  });

  it('with one nil ask it by GET', () => {
    get('a');
    get('b');
    connection.endTurn();
    connection.answerItems(null, Buffer.from('B'));
    expect(connection.news()).toEqual(['MGET a b', 'GET a']);
  });

  it.each([
    ['one of its keys is forbidden', 'NOPERM No permissions to access a key', 'MGET c d'],
    ['a slot moves', 'TRYAGAIN Multiple keys request during rehashing of slot', 'MGET c d'],
    [
      'a key that is forbidden has the name of a command',
      "NOPERM User u has no permissions to access the 'mget' key",
      'MGET c d',
    ],
    [
      'a key that is forbidden has a sentence for a name',
      "NOPERM No permissions to access the 'run the 'mget' command' key",
      'MGET c d',
    ],
    ['MGET is unknown', "ERR unknown command 'MGET', with args beginning with: 'a' 'b' ", 'GET c', 'GET d'],
    ['MGET is unknown to an old Redis', 'ERR unknown command `MGET`, with args beginning with: `a`, `b`, ', 'GET c', 'GET d'],
    [
      'MGET is forbidden by Redis 6',
      "NOPERM this user has no permissions to run the 'mget' command or its subcommand",
      'GET c',
      'GET d',
    ],
    ['MGET itself is forbidden', "NOPERM User u has no permissions to run the 'mget' command", 'GET c', 'GET d'],
  ])('that are refused whole are asked again one by one: %s', (_why, message, ...next) => {
    get('a');
    get('b');
    connection.endTurn();
    connection.answer(refused(message));
    expect(connection.news()).toEqual(['MGET a b', 'GET a', 'GET b']);
    connection.answer(value('A'));
    connection.answer(refused('NOPERM No permissions to access a key'));
    expect(outcomes).toEqual({ a: 'A', b: refused('NOPERM No permissions to access a key') });
    get('c');
    get('d');
    connection.endTurn();
    expect(connection.news()).toEqual(next);
  });

  it('settle nils by GET where EXISTS is forbidden, and remember it', () => {
    get('a');
    get('b');
    connection.endTurn();
    connection.answerItems(null, null);
    connection.answer(refused("NOPERM User u has no permissions to run the 'exists' command"));
    expect(connection.news()).toEqual(['MGET a b', 'EXISTS a b', 'GET a', 'GET b']);
    connection.answer(NOTHING);
    connection.answer(NOTHING);
    get('c');
    get('d');
    connection.endTurn();
    connection.answerItems(null, null);
    expect(connection.news()).toEqual(['MGET c d', 'GET c', 'GET d']);
  });

  describe('and a write of the same key', () => {
    it('is not seen by a read before it, and seen by one after it', () => {
      get('a', 'before');
      get('b');
      set('a');
      get('a', 'after');
      connection.endTurn();
      expect(connection.news()).toEqual(['GET a', 'SET a v', 'MGET b a']);
    });

    it('sends a GET ahead of itself while the batch is under way, whose nil is not settled yet', () => {
      get('a');
      get('b');
      connection.endTurn();
      set('a');
      expect(connection.news()).toEqual(['MGET a b', 'GET a', 'SET a v']);
      connection.answerItems(null, null);
      expect(connection.news()).toEqual(['GET b']);
      connection.answer(NOTHING);
      connection.answer({ kind: 'reply', value: Buffer.from('OK') });
      connection.answer(NOTHING);
      expect(outcomes).toEqual({ a: null, b: null, 'set a': 'OK' });
    });

    it('takes the answer of that GET, too, when the batch was refused', () => {
      get('a');
      get('b');
      connection.endTurn();
      set('a');
      connection.news();
      connection.answer(refused('NOPERM No permissions to access a key'));
      expect(connection.news()).toEqual(['GET b']);
      connection.answer(value('A'));
      expect(outcomes).toEqual({ a: 'A' });
    });

    it('lets an EXISTS that was asked before it count', () => {
      get('a');
      get('b');
      connection.endTurn();
      connection.answerItems(null, null);
      set('a');
      expect(connection.news()).toEqual(['MGET a b', 'EXISTS a b', 'GET a', 'SET a v']);
      connection.answer({ kind: 'reply', value: 1 });
      expect(outcomes).toEqual({});
      connection.answer(refused('WRONGTYPE Operation'));
      connection.answer({ kind: 'reply', value: Buffer.from('OK') });
      connection.answer(NOTHING);
      expect(outcomes).toEqual({ a: refused('WRONGTYPE Operation'), b: null, 'set a': 'OK' });
    });

    it('is each key, where nobody knows which keys a command touches', () => {
      get('a');
      get('b');
      send('flush', { kind: 'write', name: 'FLUSHDB', args: [], keys: 'all' });
      get('c');
      connection.endTurn();
      expect(connection.news()).toEqual(['GET a', 'GET b', 'FLUSHDB', 'GET c']);
    });
  });

  it('of a key that was set to more than 64 KB here are asked alone from the first one on', () => {
    const large = Buffer.alloc(64 * 1024 + 1);
    send('large', { kind: 'write', name: 'SET', args: ['l', large], keys: ['l'], reply: OK });
    connection.answer({ kind: 'reply', value: Buffer.from('OK') });
    connection.news();
    for (const key of ['a', 'l', 'b']) get(key);
    connection.endTurn();
    expect(connection.news()).toEqual(['MGET a b', 'GET l']);
  });

  it('with a value over 64 KB: its key is asked alone from then on, until a small one was seen', () => {
    const ask = (): string[] => {
      outcomes = {};
      for (const key of ['a', 'b', 'c']) get(key);
      connection.endTurn();
      return connection.news();
    };
    ask();
    connection.answerItems(Buffer.alloc(70_000), Buffer.from('B'), Buffer.from('C'));
    expect(ask()).toEqual(['MGET b c', 'GET a']);
    connection.answerItems(Buffer.from('B'), Buffer.from('C'));
    connection.answer(value('small'));
    expect(ask()).toEqual(['MGET a b c']);
  });

  it('of more than 512 keys are several MGETs', () => {
    for (let i = 0; i < 1000; i += 1) get(`k${i}`);
    connection.endTurn();
    expect(connection.news().map((command) => command.split(' ').length)).toEqual([513, 489]);
  });

  it('on a cluster are asked together where a common {part} puts them in one slot', () => {
    begin('slot');
    for (const key of ['{u1}a', 'x', '{u2}a', '{u1}b', 'y', '{}z', '{}w']) get(key);
    connection.endTurn();
    expect(connection.news()).toEqual(['MGET {u1}a {u1}b', 'GET x', 'GET y', 'GET {}z', 'GET {}w', 'GET {u2}a']);
  });

  it('each end as lost when the connection breaks, sent or not', () => {
    get('a');
    get('b');
    connection.endTurn();
    get('c');
    connection.breakNow();
    expect(outcomes).toEqual({ a: { kind: 'lost' }, b: { kind: 'lost' }, c: { kind: 'lost' } });
    get('d');
    expect(outcomes.d).toEqual({ kind: 'lost' });
  });

  it.each<[string, () => void]>([
    ['fewer values than keys', () => connection.answerItems(Buffer.from('A'))],
    ['no list', () => connection.answer(value('A'))],
    ['a count that can not be', () => (connection.answerItems(null, null), connection.answer({ kind: 'reply', value: 3 }))],
  ])('do not believe %s', (_what, answer) => {
    get('a');
    get('b');
    connection.endTurn();
    answer();
    expect(outcomes.b).toMatchObject({
      kind: 'unexpected',
      words: expect.stringMatching(
        /^expected (2 values of the MGET that read this key and 1 other|a count up to 2 of the EXISTS .*), got /,
      ) as unknown,
    });
  });

  it('do not take more values than keys', () => {
    get('a');
    get('b');
    connection.endTurn();
    expect(() => connection.answerItems(null, null, null)).toThrow('more values than keys');
  });

  it('switched off, are commands of their own', () => {
    begin('off', false);
    get('a');
    get('a', 'again');
    expect(connection.news()).toEqual(['GET a', 'GET a']);
  });

  it('leave a command with ASKING and the commands of callers alone', () => {
    send('asking', { kind: 'read', name: 'GET', args: ['a'], keys: ['a'], asking: true });
    send('own', { kind: 'write', name: 'GET', args: ['b'], keys: 'all' });
    expect(connection.news()).toEqual(['ASKING', 'GET a', 'GET b']);
  });
});

describe('a script', () => {
  const LUA = "return redis.call('INCR', KEYS[1])";
  const NO_EVAL = refused("NOPERM User u has no permissions to run the 'eval' command");

  it.each<Coalescing>(['any', 'slot', 'off'])(
    'is sent as its text the first time on each connection, so that no NOSCRIPT puts it behind what follows: coalescing %s',
    (coalescing) => {
      const sender = new CoalescedSender(coalescing);
      const outcomes: Outcome[] = [];
      const run = (connection: ScriptedConnection, asking = false): void =>
        sender.send(
          connection as unknown as NodeConnection,
          { kind: 'write', name: 'EVALSHA', args: ['sha', 1, 'k'], keys: ['k'], script: LUA, asking },
          { messages: 0, done: (outcome) => outcomes.push(outcome) },
        );
      const connection = new ScriptedConnection();
      run(connection);
      run(connection);
      expect(connection.news()).toEqual([`EVAL ${LUA} 1 k`, 'EVALSHA sha 1 k']);
      connection.answer(value('1'));
      connection.answer(value('2'));
      expect(outcomes).toEqual([value('1'), value('2')]);

      const another = new ScriptedConnection();
      run(another, true);
      expect(another.news()).toEqual(['ASKING', `EVAL ${LUA} 1 k`]);
      another.answer(value('OK'));
      another.answer(NO_EVAL);
      // A user who may not run texts may run what others have loaded.
      expect(another.news()).toEqual(['ASKING', 'EVALSHA sha 1 k']);
      another.answer(value('OK'));
      another.answer(value('3'));
      expect(outcomes).toEqual([value('1'), value('2'), value('3')]);
    },
  );
});
