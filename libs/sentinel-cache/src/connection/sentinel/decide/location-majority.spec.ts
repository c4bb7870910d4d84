import { describe, expect, it } from '@jest/globals';

import { isKnownNode, isMost, knownReplicas, namedByMost, type ReplicaListing } from './location-majority.js';
import type { SentinelAnswer, SentinelReport } from './failover-facts.js';
import { afterMove } from '../observe/sentinel-record.js';
import { transient } from '../../wire/diagnosis.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';

const A: TcpAddress = { host: '10.0.0.1', port: 6379 };
const B: TcpAddress = { host: '10.0.0.2', port: 6379 };
const C: TcpAddress = { host: '10.0.0.3', port: 6379 };

const names = (address: TcpAddress, otherSentinels = 2): SentinelAnswer => ({
  kind: 'address',
  address,
  epoch: 1,
  otherSentinels,
});
const silent = (address?: TcpAddress): SentinelAnswer => ({
  kind: 'silent',
  diagnosis: transient('no-sentinel', 'x'),
  last: address && { address, atMs: 0 },
});
const report = (answer: SentinelAnswer, ...replicas: TcpAddress[]): SentinelReport => ({ inLocation: true, answer, replicas });
const found = (answer: SentinelAnswer, ...replicas: TcpAddress[]): SentinelReport => ({ inLocation: false, answer, replicas });

it.each([
  [0, 0, false],
  [1, 1, true],
  [1, 2, false],
  [2, 2, true],
  [1, 3, false],
  [2, 3, true],
  [2, 4, false],
  [3, 5, true],
])('isMost: %i of %i: %p', (count, all, most) => {
  expect(isMost(count, all)).toBe(most);
});

describe('isKnownNode', () => {
  it.each<[string, SentinelReport[], boolean]>([
    ['the only one lists it', [report(names(A), B)], true],
    ['one of two lists it', [report(names(A), B), report(names(A))], false],
    ['two of three list it', [report(names(A), B), report(names(A), B), report(names(A))], true],
    ['one names it, another lists it', [report(names(B)), report(names(A), B), report(names(A))], true],
    ['one named it before it fell silent, another lists it', [report(silent(B)), report(names(A), B), report(names(A))], true],
    ['silent ones had listed it', [report(silent(A), B), report(silent(A), B), report(names(A))], true],
    [
      'one of three lists it, and many that were found',
      [report(names(A), B), report(names(A)), report(names(A)), ...Array(9).fill(found(names(B), B))],
      false,
    ],
    ['one lists it twice', [report(names(A), B, B), report(names(A))], false],
  ])('%s', (_how, reports, known) => {
    expect(isKnownNode(B, reports)).toBe(known);
  });
});

describe('namedByMost', () => {
  it.each<[string, SentinelReport[], TcpAddress | undefined]>([
    ['two of three', [report(names(A)), report(names(B)), report(names(B))], B],
    ['two of three, one silent', [report(names(A)), report(names(A)), report(silent(B))], A],
    ['one of three, the others silent', [report(names(A)), report(silent(A)), report(silent(A))], undefined],
    ['one of two', [report(names(A)), report(names(B))], undefined],
    ['one of one', [report(names(A))], A],
    ['found ones only', [report(names(A)), report(names(B)), found(names(B)), found(names(B))], undefined],
    ['two of three, one of them with too few others', [report(names(B)), report(names(B, 0)), report(names(A))], undefined],
  ])('%s', (_how, reports, address) => {
    expect(namedByMost(reports, 1)).toEqual(address);
  });
});

describe('knownReplicas', () => {
  const up = (address: TcpAddress) => ({ address, usable: true, linked: true });
  const listing = (replicas: ReplicaListing['replicas'], fresh = true): ReplicaListing => ({ inLocation: true, fresh, replicas });
  const down = { address: B, usable: false, linked: false };

  it('are those that most of LOCATION list, each once', () => {
    expect(knownReplicas([listing([up(B), up(C)]), listing([up(B)]), listing([up(A)])])).toEqual([up(B)]);
    expect(knownReplicas([listing([up(C), up(C)]), listing([up(B)])])).toEqual([]);
  });
  it('are as most of those say that were just asked', () => {
    expect(knownReplicas([listing([up(B)]), listing([up(B)]), listing([down])])).toEqual([up(B)]);
    expect(knownReplicas([listing([up(B)], false), listing([up(B)], false), listing([down])])).toEqual([down]);
    expect(knownReplicas([listing([up(B)]), listing([down])])).toEqual([down]);
  });
});

describe('afterMove', () => {
  const of = (...addresses: TcpAddress[]) => ({
    sentinels: [],
    replicas: addresses.map((address) => ({ address, usable: true, linked: true })),
  });
  it('makes a replica of the former primary, and of the new one none', () => {
    expect(afterMove(of(B, C), A, B).replicas.map(({ address }) => address)).toEqual([A, C]);
    expect(afterMove(of(B), A, A)).toEqual(of(B));
  });
  it('stays bounded, however often a sentinel names another', () => {
    let listing = of();
    for (let port = 1; port < 1000; port += 1)
      listing = afterMove(listing, { host: 'h', port }, { host: 'h', port: port + 1 }) as typeof listing;
    expect(listing.replicas).toHaveLength(64);
  });
});
