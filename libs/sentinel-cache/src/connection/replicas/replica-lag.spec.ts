import { describe, expect, it } from '@jest/globals';

import { PrimaryOffsets, readPrimaryInfo, readPrimaryRole, readReplicaInfo, readReplicaRole } from './replica-lag.js';

describe('PrimaryOffsets', () => {
  const at = (offset: number) => ({ linkUp: true, offset });

  it('a replica lags by as long as it is since it surely missed nothing', () => {
    const offsets = new PrimaryOffsets();
    for (const [atMs, offset] of [
      [1000, 100],
      [2000, 200],
      [3000, 300],
    ] as const)
      offsets.add(offset, atMs);
    expect(offsets.lagOf(at(300), 3500)).toBe(0);
    expect(offsets.lagOf(at(250), 3500)).toBe(1500);
    expect(offsets.lagOf(at(100), 3500)).toBe(2500);
  });

  it('knows nothing without a sample of the primary, or while the link is down (ROLE says -1)', () => {
    const offsets = new PrimaryOffsets();
    expect(offsets.lagOf(at(1), 0)).toBeNull();
    offsets.add(100, 0);
    expect(offsets.lagOf({ linkUp: false, offset: -1 }, 40_000)).toBeNull();
  });

  it('a step back is the history of another primary: it starts over', () => {
    const offsets = new PrimaryOffsets();
    offsets.add(1000, 0);
    offsets.add(10, 1000);
    expect(offsets.lagOf(at(10), 1000)).toBe(0);
  });
});

describe('ROLE and INFO', () => {
  it('are read alike', () => {
    expect(readReplicaRole(['slave', '127.0.0.1', 6379, 'connected', 42])).toEqual({ linkUp: true, offset: 42 });
    expect(readReplicaRole(['slave', '127.0.0.1', 6379, 'connect', -1])).toEqual({ linkUp: false, offset: -1 });
    expect(readReplicaInfo('role:slave\r\nmaster_link_status:up\r\nslave_repl_offset:42\r\n')).toEqual({
      linkUp: true,
      offset: 42,
    });
    expect(readPrimaryRole(['master', 43, []])).toBe(43);
    expect(readPrimaryInfo('role:master\r\nmaster_repl_offset:43\r\n')).toBe(43);
  });
  it('a node of the other role, or another answer, is no position', () => {
    expect([
      readReplicaRole(['master', 43, []]),
      readPrimaryRole(['slave', 'h', 1, 'connected', 1]),
      readReplicaRole('x'),
    ]).toEqual([undefined, undefined, undefined]);
    expect([readReplicaInfo('role:master'), readPrimaryInfo('')]).toEqual([undefined, undefined]);
  });

  it('is unknown when ROLE says something else', () => {
    const offsets: unknown[] = ['x', undefined, [[]], 1.5, -2, null];
    const replies: unknown[] = [
      ['slave'],
      'slave',
      null,
      7,
      [[]],
      ...offsets.map((offset) => ['slave', 'h', 1, 'connected', offset]),
    ];
    for (const reply of replies) expect(readReplicaRole(reply)).toBeUndefined();
  });

  it('of a primary is unknown when its offset is no number', () => {
    for (const offset of ['x', -1, 1.5, null, [], undefined]) expect(readPrimaryRole(['master', offset, []])).toBeUndefined();
  });
});
