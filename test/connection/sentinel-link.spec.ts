import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { HostResolver } from '../../libs/sentinel-cache/src/connection/wire/host-resolver.js';
import { SentinelLink } from '../../libs/sentinel-cache/src/connection/sentinel/observe/sentinel-link.js';
import { until } from '../cache/support/waiting.js';
import { push, resp, startRespServer, type RespServer } from '../hostile/support/resp-server.js';
import { sentinelsAt } from './connection-config.js';

const A = { host: '10.0.0.1', port: 6379 };
const B = { host: '10.0.0.2', port: 6379 };
const CHANNEL = '+switch-master';

describe('what a sentinel says in one go', () => {
  let sentinel: RespServer;
  let link: SentinelLink;
  let questions = 0;
  beforeEach(async () => {
    questions = 0;
    sentinel = await startRespServer(([name, what, ...rest]) => {
      if (name === 'HELLO') return resp([]);
      if (name === 'SUBSCRIBE') return [what, ...rest].map((channel, i) => push('subscribe', channel!, i + 1)).join('');
      if (what === 'GET-MASTER-ADDR-BY-NAME') return resp([A.host, String(A.port)]);
      if (what !== 'MASTER') return resp('f'.repeat(40));
      questions += 1;
      const message = `mymaster ${A.host} ${A.port} ${B.host} ${B.port}`;
      return resp([]) + (questions === 2 ? push('message', CHANNEL, message) : '');
    });
  });
  afterEach(async () => {
    link?.close();
    await sentinel.stop();
  });

  it('is heard in its order: an answer from before an announcement does not follow it', async () => {
    const config = sentinelsAt([sentinel]);
    const listener = { onAnswer: () => undefined, onSwitch: () => undefined, onFact: () => undefined };
    const setup = { config, hosts: new HostResolver(), longestPauseMs: () => 1000 };
    link = new SentinelLink({ host: sentinel.host, port: sentinel.port }, setup, listener);
    link.start();
    await until('it has answered', () => link.answer.kind === 'address');
    expect(link.answer).toMatchObject({ address: A });
    await link.ask();
    expect(questions).toBe(2);
    expect(link.answer).toMatchObject({ address: B });
  });
});
