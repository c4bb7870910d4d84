import { describe, expect, it } from '@jest/globals';

import { judgeHealth, type HealthFacts, type TopologyFacts } from './health-verdict.js';

const REPLICA = { usable: true, linkUp: true, lagMs: 0 };
const WHOLE: TopologyFacts = {
  sentinels: [{ reachable: true }, { reachable: true }, { reachable: true }],
  ckquorum: 'ok',
  replicas: [REPLICA, REPLICA],
};
const FINE: HealthFacts = { optional: false, unreachable: null, breaker: 'closed', topology: WHOLE, maxReplicaLagMs: 5000 };

const judge = (facts: Partial<HealthFacts>, topology: Partial<TopologyFacts> = {}) => {
  const { state, reasons } = judgeHealth({ ...FINE, topology: { ...WHOLE, ...topology }, ...facts });
  return [state, ...reasons.map(({ code }) => code)];
};

describe('the verdict on a cache', () => {
  it('is up without a reason when everything is there', () => {
    expect(judge({})).toEqual(['up']);
  });

  it('is down for a strict cache without its primary, degraded for one with IGNORE_EXCEPTIONS', () => {
    expect(judge({ unreachable: 'deadline' })).toEqual(['down', 'primary-unreachable']);
    expect(judge({ unreachable: 'deadline', optional: true })).toEqual(['degraded', 'primary-unreachable']);
  });

  it('tells an open breaker by its name: down for a strict cache, degraded for an optional one', () => {
    expect(judge({ unreachable: 'breaker-open', breaker: 'open' })).toEqual(['down', 'breaker-open']);
    expect(judge({ unreachable: 'breaker-open', breaker: 'open', optional: true })).toEqual(['degraded', 'breaker-open']);
  });

  it('believes an answer more than the breaker of a moment ago', () => {
    expect(judge({ unreachable: null, breaker: 'half-open' })).toEqual(['up']);
  });

  it('is down when the caches are closed, optional or not', () => {
    expect(judge({ unreachable: 'closed', optional: true })).toEqual(['down', 'primary-unreachable']);
  });

  it('is degraded when a sentinel is lost, and says how many of how many', () => {
    const verdict = judgeHealth({
      ...FINE,
      topology: { ...WHOLE, sentinels: [{ reachable: false }, { reachable: true }, { reachable: true }] },
    });
    expect(verdict).toEqual({
      state: 'degraded',
      reasons: [{ code: 'sentinel-lost', message: '1 of 3 sentinels does not answer.' }],
    });
  });

  it('is degraded without a quorum; where nobody may ask for it, that is no reason', () => {
    expect(judge({}, { ckquorum: 'NOQUORUM 1 usable Sentinels' })).toEqual(['degraded', 'quorum-lost']);
    expect(judge({}, { ckquorum: null })).toEqual(['up']);
  });

  it('is degraded when a replica lags more than the limit; exactly at the limit, unknown and cut off ones do not count', () => {
    expect(judge({}, { replicas: [REPLICA, { ...REPLICA, lagMs: 5001 }] })).toEqual(['degraded', 'replica-lag']);
    expect(judge({}, { replicas: [REPLICA, { ...REPLICA, lagMs: 5000 }] })).toEqual(['up']);
    expect(judge({}, { replicas: [REPLICA, { usable: false, linkUp: null, lagMs: null }] })).toEqual(['up']);
    expect(judge({}, { replicas: [REPLICA, { usable: false, linkUp: false, lagMs: 99_999 }] })).toEqual(['up']);
    expect(judge({ maxReplicaLagMs: 10 }, { replicas: [REPLICA, { ...REPLICA, lagMs: 11 }] })).toEqual([
      'degraded',
      'replica-lag',
    ]);
  });

  it('is degraded when no replica could take over; one dead replica among good ones, or none listed at all, is fine', () => {
    const dead = { usable: false, linkUp: false, lagMs: null };
    expect(judge({}, { replicas: [dead, dead] })).toEqual(['degraded', 'no-usable-replica']);
    expect(judge({}, { replicas: [dead, REPLICA] })).toEqual(['up']);
    expect(judge({}, { replicas: [] })).toEqual(['up']);
  });

  it('is up where nothing but one server is expected, degraded where the rest could not be looked at', () => {
    expect(judge({ topology: null })).toEqual(['up']);
    expect(judge({ topology: undefined })).toEqual(['degraded', 'topology-unknown']);
  });

  it('tells every reason at once, the outage first, and no address in any of them', () => {
    const all = judgeHealth({
      ...FINE,
      unreachable: 'no-primary',
      topology: {
        sentinels: [{ reachable: false }, { reachable: false }],
        ckquorum: 'NOQUORUM',
        replicas: [{ ...REPLICA, usable: false, lagMs: 9000 }],
      },
    });
    expect(all.reasons.map(({ code }) => code)).toEqual([
      'primary-unreachable',
      'quorum-lost',
      'sentinel-lost',
      'no-usable-replica',
      'replica-lag',
    ]);
    expect(JSON.stringify(all)).not.toMatch(/\d+\.\d+\.\d+\.\d+|:\d{4,5}/);
  });

  it('is degraded while a part of a cluster is silent or has lost its replicas, and has no word on one that is whole', () => {
    const part = (answers: boolean, usable = 1) => ({
      answers,
      slots: 8192,
      replicas: ['r'],
      usableReplicas: usable ? ['r'] : [],
    });
    expect(judge({}, { primaries: [part(true), part(true)] })).toEqual(['up']);
    expect(judge({}, { primaries: [part(true), part(false)] })).toEqual(['degraded', 'slots-unreachable']);
    expect(judge({}, { primaries: [part(true)] })).toEqual(['degraded', 'slots-unreachable']);
    expect(judge({}, { primaries: [part(true, 0), part(true)] })).toEqual(['degraded', 'no-usable-replica']);
    expect(judge({ unreachable: 'deadline' }, { primaries: [part(false), part(false)] })).toEqual([
      'down',
      'primary-unreachable',
      'slots-unreachable',
    ]);
  });
});
