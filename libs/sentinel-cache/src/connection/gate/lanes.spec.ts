import { setTimeout as pause } from 'node:timers/promises';

import { expect, it } from '@jest/globals';

import { Lanes } from './lanes.js';
import type { Lease } from '../wire/lease.js';
import type { PendingCall } from './pending-call.js';

const DEADLINE_MS = 60;
const lease = (isMidReply: boolean): Lease =>
  ({
    isOpen: true,
    inFlight: 1,
    lastProgressAtMs: 0,
    isMidReply,
    address: { host: 'node', port: 1 },
    facts: { role: 'master' },
    onClose: () => undefined,
    retire: () => Promise.resolve(),
  }) as unknown as Lease;

/** What is said of three late writes in a row, on a connection whose node answers on another one. */
async function verdicts(isMidReply: boolean): Promise<string[]> {
  const main = lease(isMidReply);
  const openSecond = (): Promise<Lease> => Promise.resolve(lease(false));
  const listener = { onIdle: () => undefined, onBroken: () => undefined, onChange: () => undefined, askAgain: () => false };
  const lanes = new Lanes({ deadlineMs: DEADLINE_MS, maxSockets: 2, openSecond }, listener);
  lanes.begin(main);
  const call = { command: { kind: 'write', name: 'SET' }, handedAtMs: performance.now(), via: main } as PendingCall;
  lanes.noteHanding(call, main);
  while (!lanes.isSplit || performance.now() - call.handedAtMs < DEADLINE_MS) await pause(5);
  const said = [lanes.judge(call), lanes.judge(call), lanes.judge(call)];
  lanes.end();
  return said;
}

it('a connection on which writes are held back is replaced once in ten seconds', async () => {
  expect(await verdicts(false)).toEqual(['replace', 'fine', 'fine']);
});

it('a connection on which a reply does not end is replaced each time: nothing behind it can be read', async () => {
  expect(await verdicts(true)).toEqual(['replace', 'replace', 'replace']);
});

it('a reply that does not end for a deadline is told without a caller, too', async () => {
  const broken: Lease[] = [];
  const listener = {
    onIdle: () => undefined,
    onBroken: (one: Lease) => void broken.push(one),
    onChange: () => undefined,
    askAgain: () => false,
  };
  const main = lease(true);
  const openSecond = (): Promise<Lease> => Promise.resolve(lease(false));
  const lanes = new Lanes({ deadlineMs: DEADLINE_MS, maxSockets: 2, openSecond }, listener);
  lanes.begin(main);
  while (broken.length === 0) await pause(5);
  lanes.end();
  expect(broken[0]).toBe(main);
});
