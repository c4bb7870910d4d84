import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';

import { ConnectionChoice } from './connection-choice.js';
import type { NodeConnection } from '../wire/node-connection.js';
import type { PendingCall } from './pending-call.js';

const DEADLINE_MS = 60;
const connection = (isMidReply: boolean): NodeConnection =>
  ({
    isOpen: true,
    inFlight: 1,
    lastProgressAtMs: -1,
    isMidReply,
    address: { host: 'node', port: 1 },
    facts: { role: 'master' },
    onClose: () => undefined,
    retire: () => Promise.resolve(),
  }) as unknown as NodeConnection;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What is said of three late writes in a row, on a connection whose node answers on another one. */
async function verdicts(isMidReply: boolean): Promise<string[]> {
  const main = connection(isMidReply);
  const openSecond = (): Promise<NodeConnection> => Promise.resolve(connection(false));
  const listener = {
    onIdle: () => undefined,
    onBroken: () => undefined,
    onChange: () => undefined,
    sentOn: () => [],
    askAgain: () => false,
  };
  const choice = new ConnectionChoice({ deadlineMs: DEADLINE_MS, maxSockets: 2, openSecond }, listener);
  choice.begin(main);
  const call = { command: { kind: 'write', name: 'SET' }, sentAtMs: performance.now(), via: main } as PendingCall;
  choice.onSend(call, main);
  await jest.advanceTimersByTimeAsync(DEADLINE_MS - 1);
  expect(choice.isSplit).toBe(true);
  await jest.advanceTimersByTimeAsync(1);
  const said = [1, 2, 3].map(() => {
    const verdict = choice.judge(call);
    if (verdict === 'held-back') choice.suspectWrites();
    return verdict;
  });
  choice.end();
  return said;
}

it('a connection on which writes are held back is replaced once in ten seconds', async () => {
  expect(await verdicts(false)).toEqual(['held-back', 'fine', 'fine']);
});

it('a connection on which a reply does not end is replaced each time: nothing behind it can be read', async () => {
  expect(await verdicts(true)).toEqual(['damaged', 'damaged', 'damaged']);
});

it('a reply that does not end for a deadline is told without a caller, too', async () => {
  const broken: NodeConnection[] = [];
  const listener = {
    onIdle: () => undefined,
    onBroken: (one: NodeConnection) => void broken.push(one),
    onChange: () => undefined,
    sentOn: () => [],
    askAgain: () => false,
  };
  const main = connection(true);
  const openSecond = (): Promise<NodeConnection> => Promise.resolve(connection(false));
  const choice = new ConnectionChoice({ deadlineMs: DEADLINE_MS, maxSockets: 2, openSecond }, listener);
  choice.begin(main);
  await jest.advanceTimersByTimeAsync(3 * DEADLINE_MS);
  choice.end();
  expect(broken[0]).toBe(main);
});
