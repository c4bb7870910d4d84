import { createServer, connect, type AddressInfo } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { decideLookup, FIRST_ANSWER_MS, FRESH_MS, HostResolver, LAST_GOOD_WAIT_MS, type HostAddress } from './host-resolver.js';

const A: HostAddress = { address: '10.0.0.1', family: 4 };
const B: HostAddress = { address: '10.0.0.2', family: 4 };
const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** A name server under control, and a clock. */
function setUp() {
  const pending: { resolve(addresses: HostAddress[]): void; reject(error: Error): void }[] = [];
  const at = { nowMs: 0 };
  const ask = () => new Promise<HostAddress[]>((resolve, reject) => pending.push({ resolve, reject }));
  const hosts = new HostResolver(ask, () => at.nowMs);
  return { pending, at, hosts };
}

describe('fault 28: decideLookup', () => {
  it('asks when nothing is known, uses what is fresh, and asks briefly when it is old', () => {
    expect(decideLookup(undefined, 0)).toBe('ask');
    expect(decideLookup({ addresses: [A], atMs: 0 }, FRESH_MS - 1)).toBe('use');
    expect(decideLookup({ addresses: [A], atMs: 0 }, FRESH_MS)).toBe('ask-briefly');
    expect(decideLookup({ addresses: [A], atMs: 0 }, 86_400_000)).toBe('ask-briefly');
  });
});

describe('fault 28: HostResolver', () => {
  it('asks once for however many sockets, and keeps the answer for a second', async () => {
    const { pending, at, hosts } = setUp();
    const answers = Promise.all(Array.from({ length: 20 }, () => hosts.resolve('redis')));
    expect(pending).toHaveLength(1);
    pending[0]!.resolve([A]);
    expect(await answers).toEqual(Array.from({ length: 20 }, () => [A]));
    at.nowMs = FRESH_MS - 1;
    expect(await hosts.resolve('redis')).toEqual([A]);
    expect(pending).toHaveLength(1);
  });

  it('follows a name to another address', async () => {
    const { pending, at, hosts } = setUp();
    const first = hosts.resolve('redis');
    pending[0]!.resolve([A]);
    await first;
    at.nowMs = FRESH_MS;
    const second = hosts.resolve('redis');
    pending[1]!.resolve([B]);
    expect(await second).toEqual([B]);
  });

  it.each(['SERVFAIL', 'ENOTFOUND', 'EAI_AGAIN'])('falls back to the last good answer on %s, however old', async (code) => {
    const { pending, at, hosts } = setUp();
    const first = hosts.resolve('redis');
    pending[0]!.resolve([A]);
    await first;
    at.nowMs = 3_600_000;
    const second = hosts.resolve('redis');
    pending[1]!.reject(failure(code));
    expect(await second).toEqual([A]);
  });

  it(`uses the last good answer when a new one is not there within ${LAST_GOOD_WAIT_MS} ms, and takes the new one when it comes`, async () => {
    const { pending, at, hosts } = setUp();
    const first = hosts.resolve('redis');
    pending[0]!.resolve([A]);
    await first;
    at.nowMs = FRESH_MS;
    expect(await hosts.resolve('redis')).toEqual([A]);
    expect(await hosts.resolve('redis')).toEqual([A]);
    expect(pending).toHaveLength(2);
    pending[1]!.resolve([B]);
    await new Promise(setImmediate);
    expect(await hosts.resolve('redis')).toEqual([B]);
  });

  it(`gives up after ${FIRST_ANSWER_MS} ms when nothing was ever known`, async () => {
    const { hosts } = setUp();
    await expect(hosts.resolve('redis')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
  });

  it('tells the error of the first question', async () => {
    const { pending, hosts } = setUp();
    const first = hosts.resolve('redis');
    pending[0]!.reject(failure('ENOTFOUND'));
    await expect(first).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('remembers a bounded number of names', async () => {
    const hosts = new HostResolver((name) => Promise.resolve([{ address: name, family: 4 }]));
    for (let i = 0; i < 200; i += 1) await hosts.resolve(`h${i}`);
    expect((hosts as unknown as { known: Map<string, unknown> }).known.size).toBe(64);
  });

  it('connects to the second family when the first refuses', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const both = new HostResolver(() =>
      Promise.resolve([
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ]),
    );
    const socket = connect({ host: 'redis.test', port, lookup: both.lookup });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
