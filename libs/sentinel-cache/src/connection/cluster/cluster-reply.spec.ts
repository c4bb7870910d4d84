import { describe, expect, it } from '@jest/globals';

import { readClusterAnswer } from './cluster-reply.js';
import { DiagnosisError } from '../wire/diagnosis.js';

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

  it('leaves out the owner whose address is none', () => {
    const owners = [
      ['h h', 1],
      ['h', 0],
      ['h', 'x'],
      ['h/x', 1],
      ['h\n', 1],
      ['h'.repeat(256), 1],
      [['h'], 1],
    ];
    const slots = owners.map(([host, port], i) => [i, i, [host, port, 'a']]);
    expect(readClusterAnswer(slots, 'garbage\n\n  \nx y z', AT)).toEqual({ claims: [], nodes: [] });
  });

  const node = (i: number): unknown[] => ['h', 1 + i, `id${i}`];
  it.each<[string, unknown]>([
    ['no list', 'OK'],
    ['null', null],
    ['a number', 7],
    ['an entry that is a number', [1]],
    ['an entry that is null', [null]],
    ['an empty entry', [[]]],
    ['a range without an owner', [[0, 1]]],
    ['a range whose owner is text', [[0, 1, 'x']]],
    ['a range whose owner is empty', [[0, 1, []]]],
    ['a slot past 16 383', [[0, 16_384, node(0)]]],
    ['a slot before 0', [[-1, 3, node(0)]]],
    ['a range backwards', [[5, 4, node(0)]]],
    ['a slot that is text', [['0', 4, node(0)]]],
    ['half a slot', [[0, 1.5, node(0)]]],
    ['a slot past 2^53', [[0, 2n ** 60n, node(0)]]],
    [
      'a slot twice',
      [
        [0, 16_383, node(0)],
        [3, 3, node(1)],
      ],
    ],
    ['more than 16 384 ranges', Array.from({ length: 16_385 }, () => [0, 0, node(0)])],
    ['more than 1000 owners', Array.from({ length: 1001 }, (_, i) => [i, i, node(i)])],
    ['more than 1000 nodes of one range', [[0, 1, ...Array.from({ length: 1001 }, (_, i) => node(i))]]],
    ['a node of a thousand fields', [[0, 1, Array.from({ length: 1000 }, () => 'x')]]],
  ])('is no answer when it is %s', (_what, slots) => {
    expect(() => readClusterAnswer(slots, NODES, AT)).toThrow(DiagnosisError);
  });

  it('is no answer when CLUSTER NODES lists more than 1000 nodes, or is longer than these could be', () => {
    const slots = [[0, 1, node(0)]];
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, i) => `id${i} h:${i + 1}@1 master - 0 0 1 connected\n`).join('');
    expect(readClusterAnswer(slots, lines(1000), AT).nodes).toHaveLength(1000);
    expect(() => readClusterAnswer(slots, lines(1001), AT)).toThrow(DiagnosisError);
    expect(() => readClusterAnswer(slots, 'x'.repeat(5 * 1024 * 1024), AT)).toThrow(DiagnosisError);
  });

  it('knows no epoch that is no number of 64 bits', () => {
    const nodes = ['Infinity', '1e9', '-3', '18446744073709551616'].map(
      (epoch, i) => `id${i} h:${i + 1}@1 master - 0 0 ${epoch} connected`,
    );
    const slots = nodes.map((_, i) => [i, i, node(i)]);
    expect(readClusterAnswer(slots, nodes.join('\n'), AT).claims.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 0]);
  });

  it('of a million ranges is turned down before anything is read', () => {
    const slots = Array.from({ length: 1_000_000 }, () => new Proxy([], { get: () => expect('an entry').toBe('not read') }));
    expect(() => readClusterAnswer(slots, '', AT)).toThrow(/1000000 ranges/);
  });
});
