import { describe, expect, it } from '@jest/globals';

import { readMaster, readReplicas, readSwitch } from './sentinel-reply.js';
import { readFields } from '../../wire/reply-fields.js';

describe('what sentinels say', () => {
  it('reads a +switch-master of our name only, also when the name holds a blank', () => {
    expect(readSwitch('mymaster 10.0.0.1 6379 10.0.0.2 6380', 'mymaster')).toEqual({
      from: { host: '10.0.0.1', port: 6379 },
      to: { host: '10.0.0.2', port: 6380 },
    });
    expect(readSwitch('mymaster2 10.0.0.1 6379 10.0.0.2 6380', 'mymaster')).toBeUndefined();
    expect(readSwitch('MyMaster 10.0.0.1 6379 10.0.0.2 6380', 'mymaster')).toBeUndefined();
    expect(readSwitch('my master ::1 6379 ::2 6380', 'my master')?.to).toEqual({ host: '::2', port: 6380 });
    expect(readSwitch('mymaster 10.0.0.1 6379 10.0.0.2 notaport', 'mymaster')).toBeUndefined();
    expect(readSwitch('', 'mymaster')).toBeUndefined();
  });

  it('reads the address, and epoch and other sentinels where they may be asked', () => {
    const details = ['name', 'mymaster', 'config-epoch', '7', 'num-other-sentinels', '2'];
    expect(readMaster(['10.0.0.1', '6379'], details)).toEqual({
      kind: 'address',
      address: { host: '10.0.0.1', port: 6379 },
      epoch: 7,
      otherSentinels: 2,
    });
    expect(readMaster(['10.0.0.1', '6379'], null)).toMatchObject({ epoch: null, otherSentinels: null });
    expect(readMaster(null, null)).toEqual({ kind: 'unknown-master' });
  });

  it.each([[['', '6379']], [['10.0.0.1', '0']], [['10.0.0.1', '99999']], ['nonsense'], [[]]])(
    'takes %j for no address',
    (reply) => {
      expect(readMaster(reply, null)).toMatchObject({ kind: 'silent', diagnosis: { reason: 'no-sentinel' } });
    },
  );

  it('C-56: a replica that is down is not usable, and one that is cut off not linked', () => {
    const replica = (port: number, flags: string, link: string): string[] => [
      'ip',
      'h',
      'port',
      String(port),
      'flags',
      flags,
      'master-link-status',
      link,
    ];
    expect(
      readReplicas([replica(1, 'slave', 'ok'), replica(2, 's_down,slave', 'ok'), replica(3, 'slave', 'err'), ['ip', 'h']]),
    ).toEqual([
      { address: { host: 'h', port: 1 }, usable: true, linked: true },
      { address: { host: 'h', port: 2 }, usable: false, linked: true },
      { address: { host: 'h', port: 3 }, usable: true, linked: false },
    ]);
  });
  it.each(['10.1.2.3\nFATAL forged line', 'a b', '\x1b[31mred', '', 'h'.repeat(256)])(
    'a sentinel that names %j names nobody',
    (host) => {
      expect(readReplicas([['ip', host, 'port', '6379', 'flags', 'slave']])).toEqual([]);
    },
  );
  it('looks at a bounded number of replicas', () => {
    const many = Array.from({ length: 1000 }, (_, i) => ['ip', 'h', 'port', String(i + 1), 'flags', 'slave']);
    expect(readReplicas(many)).toHaveLength(64);
  });
});

describe('names and values in turn', () => {
  it('are read where they are text or numbers, and left out where they are anything else', () => {
    let nested: unknown = [];
    for (let i = 0; i < 100_000; i += 1) nested = [nested];
    const fields = readFields(['a', 'b', Buffer.from('c'), 1, nested, 'x', 'y', nested, null, 'z', 'odd']);
    expect([...fields]).toEqual([
      ['a', 'b'],
      ['c', '1'],
    ]);
  });

  it.each([null, 'text', 7, { a: 1 }, Array.from({ length: 1_000_000 }, () => 'x')])(
    'are none in anything but a list of a sane length',
    (reply) => {
      expect(readFields(reply).size).toBe(0);
    },
  );
});
