import { describe, expect, it } from '@jest/globals';

import { readMonitoredTopology } from '../monitor/read-monitored-topology.js';
import { ReplyError } from '../resp/reply.js';
import { type SentinelSurvey } from './topology-survey.js';
import type { TopologySnapshot } from './topology-snapshot.js';
import { askForView } from '../sentinel/observe/sentinel-view.js';
import { readPrimarySurvey } from '../deployment/ask-primary.js';

const same = <T>(address: T): T => address;
const refusal = (message: string): Error => new ReplyError(message);

const MASTER = 'name mymaster ip 10.0.0.1 port 6379 flags master config-epoch 3 num-other-sentinels 2 quorum 2'.split(' ');
const REPLICAS = [
  'ip 10.0.0.2 port 6379 flags slave master-link-status ok slave-repl-offset 17738'.split(' '),
  'ip 10.0.0.3 port 6379 flags s_down,slave,disconnected master-link-status err'.split(' '),
];
const INFO = `# Replication\r
role:master\r
connected_slaves:2\r
slave0:ip=10.0.0.2,port=6379,state=online,offset=16934,lag=1\r
slave1:ip=10.0.0.4,port=6379,state=wait_bgsave,offset=0,lag=0\r
master_replid:b8cf34fe8cb38002aa61107fa944f926bb80d6f2\r
master_repl_offset:17738\r
`;

const ask =
  (replies: Record<string, unknown>) =>
  (...[word]: [string, ...string[]]): Promise<unknown> =>
    replies[word] instanceof Error ? Promise.reject(replies[word]) : Promise.resolve(replies[word]);

describe('askForView', () => {
  it('reads epoch, quorum, replicas and flags', async () => {
    const view = await askForView(
      ask({ MASTER, REPLICAS, CKQUORUM: 'OK 3 usable Sentinels. Quorum and failover authorization can be reached' }),
      'mymaster',
      same,
    );
    expect(view).toEqual({
      flags: [],
      configEpoch: 3,
      quorum: 2,
      otherSentinels: 2,
      ckquorum: 'ok',
      replicas: [
        { address: '10.0.0.2:6379', flags: [], linkUp: true },
        { address: '10.0.0.3:6379', flags: ['s_down', 'disconnected'], linkUp: false },
      ],
    });
  });

  it('says why there is no quorum, without what does not belong on a line', async () => {
    const CKQUORUM = refusal('NOQUORUM 1 usable Sentinels.\u001b Not enough available Sentinels to reach the majority');
    const view = await askForView(ask({ MASTER, REPLICAS, CKQUORUM }), 'mymaster', same);
    expect(view.ckquorum).toBe('1 usable Sentinels.\\x1b Not enough available Sentinels to reach the majority');
  });

  it('fault 23: what an ACL forbids is missing, and the rest is there', async () => {
    const denied = refusal("NOPERM this user has no permissions to run the 'sentinel|ckquorum' command");
    expect(await askForView(ask({ MASTER: denied, REPLICAS: denied, CKQUORUM: denied }), 'mymaster', same)).toEqual({
      flags: [],
      configEpoch: null,
      quorum: null,
      otherSentinels: null,
      ckquorum: null,
      replicas: [],
    });
    expect((await askForView(ask({ MASTER, REPLICAS, CKQUORUM: denied }), 'mymaster', same)).replicas).toHaveLength(2);
  });

  it('takes nonsense for nothing known', async () => {
    const view = await askForView(ask({ MASTER: 7, REPLICAS: [['ip'], 'x', null], CKQUORUM: null }), 'mymaster', same);
    expect(view).toMatchObject({ configEpoch: null, replicas: [], ckquorum: null });
  });
});

describe('readPrimarySurvey', () => {
  it('reads offsets and acknowledgements of INFO replication', () => {
    expect(readPrimarySurvey(INFO, same)).toEqual({
      offset: 17738,
      replicas: [
        { address: '10.0.0.2:6379', online: true, offset: 16934, acknowledgedMsAgo: 1000 },
        { address: '10.0.0.4:6379', online: false, offset: 0, acknowledgedMsAgo: 0 },
      ],
    });
  });

  it('a replica, or nonsense, is no primary', () => {
    expect(readPrimarySurvey(INFO.replace('role:master', 'role:slave'), same)).toBeNull();
    expect(readPrimarySurvey('hello', same)).toBeNull();
  });
});

describe('readMonitoredTopology', () => {
  const snapshot = (part: Partial<TopologySnapshot> = {}): TopologySnapshot => ({
    topology: 'sentinel',
    masterName: 'mymaster',
    state: { status: 'up', primary: '10.0.0.1:6379' },
    breaker: 'closed',
    primary: '10.0.0.1:6379',
    replicas: [],
    sentinels: [],
    ...part,
  });
  const sentinel = (
    address: string,
    names: string | null,
    view: Partial<SentinelSurvey['view']> | null = {},
  ): SentinelSurvey => ({
    address,
    reachable: names !== null,
    names,
    tellsEvents: names !== null,
    view: view && { flags: [], configEpoch: 3, quorum: 2, otherSentinels: 2, ckquorum: 'ok', replicas: [], ...view },
  });
  const read = (survey: Partial<Parameters<typeof readMonitoredTopology>[0]['survey']>, part: Partial<TopologySnapshot> = {}) =>
    readMonitoredTopology({
      alias: 'default',
      atMs: 1,
      snapshot: snapshot(part),
      survey: { sentinels: [], primary: null, ...survey },
    });

  it('a sentinel that still names the old primary counts neither for its flags nor its replicas', () => {
    const replicas = [{ address: '10.0.0.9:6379', flags: [], linkUp: true }];
    const topology = read({
      sentinels: [
        sentinel('s1', '10.0.0.1:6379', { configEpoch: 4 }),
        sentinel('s2', '10.0.0.1:6379', { configEpoch: 4 }),
        sentinel('s3', '10.0.0.8:6379', { flags: ['o_down'], replicas }),
      ],
    });
    expect(topology.primary).toEqual({ address: '10.0.0.1:6379', connected: true, configEpoch: 4, flags: [] });
    expect(topology.replicas).toEqual([]);
    expect(topology.sentinels[2]).toMatchObject({ names: '10.0.0.8:6379' });
  });

  it('the lag is what the primary has not been acknowledged; beyond five seconds, cut off or down, a replica is not usable', () => {
    const at = (address: string, flags: string[] = []) => ({ address, flags, linkUp: true });
    const primary = {
      offset: 1000,
      replicas: [
        { address: 'a:1', online: true, offset: 1000, acknowledgedMsAgo: 1000 },
        { address: 'b:1', online: true, offset: 900, acknowledgedMsAgo: 2000 },
        { address: 'c:1', online: true, offset: 900, acknowledgedMsAgo: 6000 },
        { address: 'd:1', online: true, offset: 1000, acknowledgedMsAgo: 0 },
      ],
    };
    const view = { replicas: [at('a:1'), at('b:1'), at('c:1'), at('d:1', ['s_down']), at('e:1')] };
    const { replicas } = read({ sentinels: [sentinel('s1', '10.0.0.1:6379', view)], primary });
    expect(replicas.map(({ address, lagBytes, lagMs, linkUp, usable }) => [address, lagBytes, lagMs, linkUp, usable])).toEqual([
      ['a:1', 0, 0, true, true],
      ['b:1', 100, 2000, true, true],
      ['c:1', 100, 6000, true, false],
      ['d:1', 0, 0, true, false],
      ['e:1', null, null, false, false],
    ]);
  });

  it('one of three sentinels that can not reach a replica does not make it unusable', () => {
    const seen = (flags: string[]) => ({ replicas: [{ address: 'a:1', flags, linkUp: true }] });
    const { replicas } = read({
      sentinels: [
        sentinel('s1', '10.0.0.1:6379', seen([])),
        sentinel('s2', '10.0.0.1:6379', seen(['s_down'])),
        sentinel('s3', '10.0.0.1:6379', seen([])),
      ],
    });
    expect(replicas).toMatchObject([{ usable: true, flags: ['s_down'] }]);
  });

  it('with no connection the primary is whom most sentinels name; the worst CKQUORUM counts', () => {
    const down = { status: 'down', reason: 'no-primary', message: 'gone' } as const;
    const topology = read(
      {
        sentinels: [
          sentinel('s1', 'x:1', { ckquorum: '2 usable' }),
          sentinel('s2', 'y:1'),
          sentinel('s3', 'y:1'),
          sentinel('s4', null, null),
        ],
      },
      { state: down, primary: null },
    );
    expect(topology.primary).toMatchObject({ address: 'y:1', connected: false });
    expect(topology.quorum).toEqual({ quorum: 2, sentinels: 3, ckquorum: '2 usable' });
    expect(topology.state).toEqual({ status: 'down', reason: 'no-primary', message: 'gone', breaker: 'closed' });
  });

  it('nothing known is null, and a standalone Redis has no quorum', () => {
    const lost = read({ sentinels: [sentinel('s1', null, null)] }, { state: { status: 'connecting' }, primary: null });
    expect(lost).toMatchObject({ primary: { address: null, configEpoch: null }, quorum: { quorum: null, ckquorum: null } });
    expect(read({}, { topology: 'standalone', masterName: null })).toMatchObject({ quorum: null, sentinels: [] });
  });
});
