import { createServer, type AddressInfo, type Server } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCaches, type CacheEvent, type SentinelCaches } from 'nestjs-sentinel-cache';
import type { MonitorEvent } from 'nestjs-sentinel-cache/monitor';

import { until } from './until.js';

/** Line ends, a terminal's orders, an override of the writing's direction: what a log must not get from others. */
const FORGERY = 'gone\r\n2026-01-01 ERROR [Auth] root logged in\u2028\u001B[2J\u001B]0;title\u0007\u009B31m\u202Eevil';
const FORGING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** As much of it as fits into a reply of one line. */
const ON_ONE_LINE = FORGERY.replaceAll(/[\r\n]/g, ' ');

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const list = (...texts: string[]): string => `*${texts.length}\r\n${texts.map(bulk).join('')}`;
const blobError = (text: string): string => `!${Buffer.byteLength(text)}\r\n${text}\r\n`;
const hello = (version = '7.0.15'): string => list('server', 'redis', 'version', version, 'role', 'master');

type Answers = (name: string, words: readonly string[]) => string;

/** A server that speaks Redis' protocol and says what the test wants. */
function startServer(answers: Answers): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      for (const command of chunk
        .toString('latin1')
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        const words = command.split('\r\n').filter((_line, i) => i % 2 === 1);
        socket.write(answers(words[0]!.toUpperCase(), words));
      }
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe('what a server says reaches errors, log lines and events as one short line', () => {
  let server: Server | undefined;
  let caches: SentinelCaches | undefined;
  let lines: string[];
  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    await caches?.close();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  });

  const open = (location: string | readonly string[], options: Record<string, unknown> = {}): SentinelCaches => {
    const OPTIONS = { deadline: 400, IGNORE_EXCEPTIONS: true, LOG_IGNORED_EXCEPTIONS: true, ...options };
    const onEvent = ({ message }: CacheEvent): void => void lines.push(message);
    caches = createCaches({ CACHES: { default: { BACKEND: 'redis', LOCATION: location as string, OPTIONS } } }, { onEvent });
    caches.monitor.events$.subscribe((event: MonitorEvent) => 'message' in event && void lines.push(event.message));
    return caches;
  };
  const messageOf = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'nothing was thrown',
      ({ message }: Error) => message,
    );
  const expectPlain = (texts: readonly string[]): void => {
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) {
      expect(text).not.toMatch(FORGING);
      expect(text.length).toBeLessThan(3000);
    }
  };

  it.each([
    ['an error of one line', `-ERR ${ON_ONE_LINE}\r\n`],
    ['an error of several lines', blobError(`ERR ${FORGERY}`)],
    ['an error of a megabyte', `-ERR ${ON_ONE_LINE.repeat(20_000)}\r\n`],
    ['a code of a megabyte', `-${'E'.repeat(1_000_000)} ${ON_ONE_LINE}\r\n`],
    ['the words of a replica', `-READONLY You can't write against a read only replica. ${ON_ONE_LINE}\r\n`],
    ['the words of a full server', `-OOM command not allowed ${ON_ONE_LINE}\r\n`],
  ])('%s', async (_what, reply) => {
    server = await startServer((name) => (name === 'HELLO' ? hello() : name === 'PING' ? '+PONG\r\n' : reply));
    const opened = open(`redis://127.0.0.1:${portOf(server)}/0`);
    expectPlain([await messageOf(opened.strict().get('k')), await messageOf(opened.strict().set('k', 1))]);
    await messageOf(opened.get().set('k', 1));
    expectPlain([...lines, String(opened.topology()?.state.status)]);
  });

  it('a refused SELECT, and a version', async () => {
    server = await startServer((name) => (name === 'HELLO' ? hello() : `-ERR ${ON_ONE_LINE}\r\n`));
    const opened = open(`redis://127.0.0.1:${portOf(server)}/3`);
    expectPlain([await messageOf(opened.strict().get('k'))]);
    await until(() => lines.length > 0);
    expectPlain(lines);
    await opened.close();
    const old = await startServer((name) => (name === 'HELLO' ? hello(`5.0.${FORGERY.repeat(100)}`) : '+PONG\r\n'));
    lines = [];
    const second = open(`redis://127.0.0.1:${portOf(old)}/0`);
    expectPlain([await messageOf(second.strict().get('k')), ...lines]);
    old.close();
  });

  it('a host that a sentinel names, and what it refuses', async () => {
    server = await startServer((name, words) => {
      if (name === 'HELLO') return `%1\r\n${bulk('mode')}${bulk('sentinel')}`;
      if (name === 'SUBSCRIBE') return `>3\r\n${bulk('subscribe')}${bulk(words[1]!)}:1\r\n`;
      if (words[1]?.toUpperCase() === 'GET-MASTER-ADDR-BY-NAME') return list(`host\n${FORGERY}`, '6379');
      return `-NOPERM ${ON_ONE_LINE}\r\n`;
    });
    const opened = open(`mymaster/127.0.0.1:${portOf(server)}/0`, { CLIENT_CLASS: 'django_sentinel.SentinelClient' });
    expectPlain([await messageOf(opened.strict().get('k'))]);
    await until(() => lines.length > 0);
    expectPlain(lines);
  });

  it('aliases, keys and setting values: the user´s own words', async () => {
    const onEvent = ({ message }: CacheEvent): void => void lines.push(message);
    const locmem = { BACKEND: 'locmem', OPTIONS: { IGNORE_EXCEPTIONS: true, LOG_IGNORED_EXCEPTIONS: true, SERIALIZER: 'json' } };
    caches = createCaches({ CACHES: { default: { BACKEND: 'locmem' }, [`a${FORGERY}`]: locmem } } as never, { onEvent });
    const cache = caches.get(`a${FORGERY}`);
    const key = `${FORGERY} ${'k'.repeat(1_000_000)}`;
    const messages = await Promise.all([
      messageOf(cache.incr(key)),
      messageOf(cache.set(key, () => undefined)),
      messageOf(cache.set('k', { [FORGERY]: Symbol('none') })),
      messageOf(cache.lock(key).release()),
      messageOf(cache.lock(key, { timeout: 1 }).run(() => cache.lock(key, { blocking: false }).run(() => 1))),
      messageOf(cache.command(key)),
      messageOf(cache.set('k', 1, FORGERY as never)),
      messageOf((async () => caches!.get(FORGERY))()),
    ]);
    expectPlain([...messages, ...lines]);
    for (const message of messages) expect(message).not.toContain('k'.repeat(2100));
    expect(messages[1]).not.toContain('k'.repeat(201));
    const wrong = { CACHES: { [FORGERY]: { BACKEND: FORGERY, [FORGERY]: 1 } } };
    const thrown = await messageOf((async () => createCaches(wrong as never))());
    for (const line of thrown.split('\n')) expect(line).not.toMatch(FORGING);
    expect(thrown).not.toMatch(/^2026/m);
  });
});
