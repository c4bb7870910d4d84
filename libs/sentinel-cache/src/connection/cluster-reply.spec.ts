import { describe, expect, it } from '@jest/globals';

import { readClusterAnswer } from './cluster-reply.js';

const AT = { asked: { host: 'asked', port: 7000 }, translate: (address: { host: string; port: number }) => address };
const bytes = (text: string): Buffer => Buffer.from(text);
const NODES = [
  'aa 10.0.0.1:7000@17000,name-a myself,master - 0 0 5 connected 0-5460',
  'bb 10.0.0.2:7001@17001 master,fail - 0 0 7 disconnected 5461-16383 [93-<-aa]',
  'cc 10.0.0.3:7002@17002 slave aa 0 0 5 connected',
  'dd :0@0 master,noaddr - 0 0 1 disconnected',
  '',
].join('\n');

describe('what a node says of its cluster', () => {
  it('is who claims which slots by which epoch, and who is there', () => {
    const slots = [
      [0, 5460, [bytes('10.0.0.1'), 7000, bytes('aa'), []], [bytes('10.0.0.3'), 7002, bytes('cc'), []]],
      [5461, 16_383, [bytes('10.0.0.2'), 7001, bytes('bb')]],
    ];
    const { claims, nodes } = readClusterAnswer(slots, NODES, AT);
    expect(claims).toEqual([
      { first: 0, last: 5460, owner: { host: '10.0.0.1', port: 7000 }, epoch: 5 },
      { first: 5461, last: 16_383, owner: { host: '10.0.0.2', port: 7001 }, epoch: 7 },
    ]);
    expect(nodes).toEqual([
      { id: 'aa', address: { host: '10.0.0.1', port: 7000 }, role: 'primary', primaryId: null, flags: [], linked: true },
      { id: 'bb', address: { host: '10.0.0.2', port: 7001 }, role: 'primary', primaryId: null, flags: ['fail'], linked: false },
      { id: 'cc', address: { host: '10.0.0.3', port: 7002 }, role: 'replica', primaryId: 'aa', flags: [], linked: true },
    ]);
  });

  it.each([[''], ['?'], [null]])('means itself where it names no host: %j', (host) => {
    const { claims } = readClusterAnswer([[0, 1, [host && bytes(host), 7005, bytes('aa')]]], '', AT);
    expect(claims).toEqual([{ first: 0, last: 1, owner: { host: 'asked', port: 7005 }, epoch: 0 }]);
  });

  it('is its IP address where it should announce a host name and has none', () => {
    const node = [bytes('?'), 7005, bytes('aa'), [bytes('ip'), bytes('10.0.0.9')]];
    expect(readClusterAnswer([[0, 1, node]], '', AT).claims[0]!.owner).toEqual({ host: '10.0.0.9', port: 7005 });
  });

  it('names primaries and replicas by the host names that they announce, wherever it speaks of them', () => {
    const slots = [
      [0, 5460, [bytes('name-a'), 7000, bytes('aa'), []], [bytes('name-c'), 7002, bytes('cc'), []]],
      [5461, 16_383, [bytes('name-b'), 7001, bytes('bb')]],
    ];
    const { claims, nodes } = readClusterAnswer(slots, NODES, AT);
    expect(claims.map(({ owner }) => owner.host)).toEqual(['name-a', 'name-b']);
    expect(nodes.map(({ address }) => address.host)).toEqual(['name-a', 'name-b', 'name-c']);
  });

  it('is translated, and left out where that fails', () => {
    const translate = ({ host, port }: { host: string; port: number }) => {
      if (host === 'bad') throw new Error('no');
      return { host: `outside-${host}`, port };
    };
    const slots = [
      [0, 1, [bytes('in'), 1, bytes('a')]],
      [2, 3, [bytes('bad'), 1, bytes('a')]],
    ];
    expect(readClusterAnswer(slots, '', { ...AT, translate }).claims.map(({ owner }) => owner.host)).toEqual(['outside-in']);
  });

  it.each([
    ['no list', 'OK'],
    ['nothing', null],
    ['entries that are none', [1, 'x', null, [], [0], [0, 1], [0, 1, 'x']]],
    [
      'slots that there are not',
      [
        [0, 16_384, ['h', 1, 'a']],
        [-1, 3, ['h', 1, 'a']],
        [5, 4, ['h', 1, 'a']],
        ['0', 4, ['h', 1, 'a']],
      ],
    ],
    [
      'addresses that are none',
      [
        [0, 1, ['h h', 1, 'a']],
        [0, 1, ['h', 0, 'a']],
        [0, 1, ['h', 'x', 'a']],
        [0, 1, ['h/x', 1, 'a']],
      ],
    ],
  ])('gives no claim when it is %s', (_what, slots) => {
    expect(readClusterAnswer(slots, 'garbage\n\n  \nx y z', AT)).toEqual({ claims: [], nodes: [] });
  });
});
