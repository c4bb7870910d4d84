import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { HostResolver } from '../../libs/sentinel-cache/src/connection/wire/host-resolver.js';
import { decideFailover } from '../../libs/sentinel-cache/src/connection/sentinel/decide/failover-decision.js';
import { SentinelWatcher } from '../../libs/sentinel-cache/src/connection/sentinel/observe/sentinel-watcher.js';
import { until } from '../cache/support/waiting.js';
import { push, resp, startRespServer, type Address, type RespServer } from '../hostile/support/resp-server.js';
import { sentinelsAt } from './connection-config.js';

const A: Address = { host: '10.0.0.1', port: 6379 };
const B: Address = { host: '10.0.0.2', port: 6379 };

/** Names A, and announces what it is made to. */
class Sentinel {
  names = A;
  private constructor(readonly server: RespServer) {}

  static async start(): Promise<Sentinel> {
    const sentinel: Sentinel = new Sentinel(
      await startRespServer(([name, what, ...rest]) => {
        if (name === 'HELLO') return resp([]);
        if (name === 'SUBSCRIBE') return [what, ...rest].map((channel, i) => push('subscribe', channel!, i + 1)).join('');
        const { host, port } = sentinel.names;
        return what === 'GET-MASTER-ADDR-BY-NAME' ? resp([host, String(port)]) : resp([]);
      }),
    );
    return sentinel;
  }

  announce(from: Address, to: Address): void {
    this.names = to;
    const message = `mymaster ${from.host} ${from.port} ${to.host} ${to.port}`;
    for (const socket of this.server.sockets) socket.write(push('message', '+switch-master', message));
  }
}

describe('three sentinels, one of which lies or flaps', () => {
  let sentinels: readonly Sentinel[] = [];
  let watcher: SentinelWatcher;
  beforeEach(async () => {
    sentinels = await Promise.all([Sentinel.start(), Sentinel.start(), Sentinel.start()]);
    const config = sentinelsAt(sentinels.map(({ server }) => server));
    const nothing = (): undefined => undefined;
    watcher = new SentinelWatcher({ config, hosts: new HostResolver(), callDeadlineMs: 10_000 }, nothing, nothing);
    watcher.start();
    await until('all name A', () => named().every((host) => host === A.host));
  });
  afterEach(async () => {
    watcher?.close();
    await Promise.all(sentinels.map(({ server }) => server.stop()));
  });
  const named = () => watcher.reports().map(({ answer }) => (answer.kind === 'address' ? answer.address.host : answer.kind));

  it('the lie does not lead back to the primary that is being left while another one is silent', async () => {
    const [honest, gone, liar] = sentinels as [Sentinel, Sentinel, Sentinel];
    await gone.server.stop();
    await until('one is silent', () => named()[1] === 'silent');
    honest.announce(A, B);
    await until('the announcement is heard', () => named()[0] === B.host);
    liar.announce(B, A);
    // Its answer comes behind the lie.
    await watcher.sentinels()[2]!.ask();
    expect(watcher.announcements().map(({ to }) => to)).toEqual([B]);
  });

  it('one that flaps does not lead back, though most had named the new primary when it was announced', async () => {
    const [honest, , flapping] = sentinels as [Sentinel, Sentinel, Sentinel];
    flapping.names = B;
    await watcher.sentinels()[2]!.ask();
    honest.announce(A, B);
    await until('most name B', () => named()[0] === B.host);
    flapping.names = A;
    await watcher.sentinels()[2]!.ask();
    expect(named()).toEqual([B.host, A.host, A.host]);
    const decision = decideFailover({
      masterName: 'mymaster',
      reports: watcher.reports(),
      announcements: watcher.announcements(),
      mayWait: false,
      demoted: [],
      promotion: undefined,
      adopted: { address: B, atMs: 0, connected: true, swappedAtMs: null },
      minOtherSentinels: 0,
      nowMs: performance.now(),
    });
    expect(decision).toEqual({ kind: 'keep' });
  });
});
