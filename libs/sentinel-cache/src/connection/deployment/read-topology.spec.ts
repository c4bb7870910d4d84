import { describe, expect, it } from '@jest/globals';

import type { SentinelSurvey } from '../contract/sentinel-survey.js';
import { readTopology, type DeploymentFacts } from './read-topology.js';

describe('readTopology', () => {
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
  const read = (facts: Partial<DeploymentFacts> = {}) =>
    readTopology({
      kind: 'sentinel',
      masterName: 'mymaster',
      state: { status: 'up', primary: '10.0.0.1:6379' },
      breaker: 'closed',
      readers: [],
      sentinels: [],
      primary: null,
      asked: true,
      ...facts,
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
    const topology = read({
      sentinels: [
        sentinel('s1', 'x:1', { ckquorum: '2 usable' }),
        sentinel('s2', 'y:1'),
        sentinel('s3', 'y:1'),
        sentinel('s4', null, null),
      ],
      state: down,
    });
    expect(topology.primary).toMatchObject({ address: 'y:1', connected: false });
    expect(topology.quorum).toEqual({ quorum: 2, sentinels: 3, ckquorum: '2 usable' });
    expect(topology.state).toEqual({ status: 'down', reason: 'no-primary', message: 'gone', breaker: 'closed' });
  });

  it('nothing known is null, and a standalone Redis has no quorum', () => {
    const lost = read({ sentinels: [sentinel('s1', null, null)], state: { status: 'connecting' } });
    expect(lost).toMatchObject({ primary: { address: null, configEpoch: null }, quorum: { quorum: null, ckquorum: null } });
    expect(read({ kind: 'standalone', masterName: null })).toMatchObject({ quorum: null, sentinels: [] });
  });

  it('what only an answer tells is null when nobody was asked; what the connections know is there', () => {
    const readers = [
      { address: 'a:1', connected: true, lagMs: 20 },
      { address: 'b:1', connected: false, lagMs: null },
      { address: 'c:1', connected: true, lagMs: 6000 },
    ];
    const topology = read({ asked: false, readers, sentinels: [sentinel('s1', '10.0.0.1:6379', null)] });
    expect(topology).toMatchObject({
      kind: 'sentinel',
      state: { status: 'up', breaker: 'closed' },
      primary: { address: '10.0.0.1:6379', connected: true, configEpoch: null, flags: null },
      sentinels: [{ address: 's1', reachable: true, names: '10.0.0.1:6379', tellsEvents: true }],
      quorum: null,
    });
    expect(topology.replicas.map(({ address, connected, usable }) => [address, connected, usable])).toEqual([
      ['a:1', true, true],
      ['b:1', false, false],
      ['c:1', true, false],
    ]);
    expect(topology.replicas[0]).toMatchObject({ linkUp: null, lagBytes: null, lagMs: 20, flags: null });
  });
});
