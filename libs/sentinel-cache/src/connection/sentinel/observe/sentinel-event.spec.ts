import { describe, expect, it } from '@jest/globals';

import { OTHER_CHANNELS, readSentinelEvent } from './sentinel-event.js';

const LISTENER = { masterName: 'mymaster', sentinel: '127.0.0.1:26379' };
const read = (channel: string, message: string, listener: Parameters<typeof readSentinelEvent>[1] = LISTENER) =>
  readSentinelEvent({ channel, message }, listener);

const PRIMARY = 'master mymaster 127.0.0.1 23951';
const REPLICA = 'slave 127.0.0.1:25478 127.0.0.1 25478 @ mymaster 127.0.0.1 23951';
const SENTINEL = 'sentinel fc3818229e2064314fe721f1e40032a8a0b27006 127.0.0.1 16511 @ mymaster 127.0.0.1 24519';
const primary = '127.0.0.1:23951';
const replica = '127.0.0.1:25478';

describe('readSentinelEvent', () => {
  // As Redis 7.0 said them.
  it.each([
    [
      '+switch-master',
      'mymaster 127.0.0.1 23951 127.0.0.1 25478',
      { type: 'primary-changed', address: replica, from: primary, to: replica },
    ],
    ['+sdown', PRIMARY, { type: 'node-unreachable', address: primary, node: 'primary' }],
    ['+sdown', REPLICA, { type: 'node-unreachable', address: replica, node: 'replica' }],
    ['-sdown', SENTINEL, { type: 'node-reachable', address: '127.0.0.1:16511', node: 'sentinel' }],
    ['+odown', `${PRIMARY} #quorum 3/2`, { type: 'primary-down-agreed', address: primary, votes: 3, quorum: 2 }],
    ['-odown', PRIMARY, { type: 'primary-down-withdrawn', address: primary }],
    ['+try-failover', PRIMARY, { type: 'failover-started', address: primary }],
    ['+elected-leader', PRIMARY, { type: 'failover-leader-elected', address: primary }],
    ['+selected-slave', REPLICA, { type: 'replica-selected', address: replica, primary }],
    ['+promoted-slave', REPLICA, { type: 'replica-promoted', address: replica, primary }],
    ['+slave-reconf-done', REPLICA, { type: 'replica-reconfigured', address: replica, primary }],
    ['+failover-end', PRIMARY, { type: 'failover-ended', address: primary, timedOut: false }],
    ['+failover-end-for-timeout', PRIMARY, { type: 'failover-ended', address: primary, timedOut: true }],
    ['-failover-abort-not-elected', PRIMARY, { type: 'failover-aborted', address: primary, reason: 'not-elected' }],
    ['-failover-abort-no-good-slave', PRIMARY, { type: 'failover-aborted', address: primary, reason: 'no-good-replica' }],
    ['-failover-abort-slave-timeout', PRIMARY, { type: 'failover-aborted', address: primary, reason: 'replica-timeout' }],
    ['+slave', REPLICA, { type: 'replica-added', address: replica, primary }],
    ['+convert-to-slave', REPLICA, { type: 'node-demoted', address: replica, primary }],
    ['+fix-slave-config', REPLICA, { type: 'replica-redirected', address: replica, primary }],
    [
      '-role-change',
      `${REPLICA} new reported role is master`,
      { type: 'role-changed', address: replica, node: 'replica', role: 'primary' },
    ],
    [
      '+role-change',
      `${REPLICA} new reported role is slave`,
      { type: 'role-changed', address: replica, node: 'replica', role: 'replica' },
    ],
    ['+reboot', PRIMARY, { type: 'node-restarted', address: primary, node: 'primary' }],
    ['+sentinel', SENTINEL, { type: 'sentinel-added', address: '127.0.0.1:16511' }],
    [
      '+sentinel-address-switch',
      `${PRIMARY} ip 127.0.0.1 port 16512 for fc3818229e2064314fe721f1e40032a8a0b27006`,
      { type: 'sentinel-address-changed', address: '127.0.0.1:16512' },
    ],
    ['+monitor', `${PRIMARY} quorum 2`, { type: 'monitoring-started', address: primary, quorum: 2 }],
    ['-monitor', PRIMARY, { type: 'monitoring-stopped', address: primary }],
    ['+reset-master', PRIMARY, { type: 'monitoring-reset', address: primary }],
    ['+tilt', '#tilt mode entered', { type: 'tilt-entered', address: '127.0.0.1:26379' }],
    ['-tilt', '#tilt mode exited', { type: 'tilt-left', address: '127.0.0.1:26379' }],
  ])('reads %s "%s"', (channel, message, expected) => {
    expect(read(channel, message)).toEqual(expected);
  });

  it('fault 14: says nothing of another master, whose name only begins alike or whose replica has our name', () => {
    for (const name of ['other', 'mymaster2', 'MyMaster', '']) {
      for (const channel of ['+switch-master', ...OTHER_CHANNELS.filter((each) => !each.endsWith('tilt'))]) {
        expect(read(channel, `${name} 10.0.0.1 1 10.0.0.2 2`)).toBeUndefined();
        expect(read(channel, `master ${name} 127.0.0.1 6379`)).toBeUndefined();
        expect(read(channel, `slave mymaster 127.0.0.1 6380 @ ${name} 127.0.0.1 6379`)).toBeUndefined();
      }
    }
  });

  it.each([
    ['+sdown', ''],
    ['+sdown', 'master mymaster'],
    ['+sdown', 'master mymaster 127.0.0.1 0'],
    ['+sdown', 'master mymaster 127.0.0.1 99999'],
    ['+sdown', 'master mymaster 127.0.0.1 12x'],
    ['+sdown', 'router mymaster 127.0.0.1 6379'],
    ['+sdown', 'master mymaster \u001b[31mred 6379'],
    ['+sdown', 'master mymaster a\nb 6379'],
    ['+sdown', `master mymaster ${'h'.repeat(300)} 6379`],
    ['+sdown', `${PRIMARY} ${'x'.repeat(2000)}`],
    ['+sdown', 'slave 127.0.0.1:1 127.0.0.1 1 of mymaster 127.0.0.1 2'],
    ['+odown', REPLICA],
    ['+slave', PRIMARY],
    ['+role-change', `${REPLICA} new reported role is emperor`],
    ['+sentinel-address-switch', `${PRIMARY} ip 127.0.0.1 port`],
    ['+switch-master', 'mymaster 127.0.0.1 1 127.0.0.1'],
    ['+switch-master', 'mymaster 127.0.0.1 1 a\u0007b 2'],
    ['constructor', PRIMARY],
    ['+set', `${PRIMARY} auth-pass secret`],
  ])('takes a garbled or unknown line for nothing: %s %j', (channel, message) => {
    expect(read(channel, message)).toBeUndefined();
  });

  it('reads the votes as unknown where they can not be read, and keeps the fact', () => {
    expect(read('+odown', `${PRIMARY} #quorum many/2`)).toEqual({
      type: 'primary-down-agreed',
      address: primary,
      votes: null,
      quorum: null,
    });
  });

  it('gives addresses that this host reaches, IPv6 in brackets; a natMap that throws costs the event and nothing else', () => {
    const translate = ({ port }: { port: number }) => ({ host: '::1', port: port + 1 });
    expect(read('+sdown', PRIMARY, { ...LISTENER, translate })).toMatchObject({ address: '[::1]:23952' });
    const broken = (): never => {
      throw new Error('broken');
    };
    expect(read('+sdown', PRIMARY, { ...LISTENER, translate: broken })).toBeUndefined();
  });

  it('never subscribes to +set: what somebody sets may be a password', () => {
    expect(OTHER_CHANNELS).not.toContain('+set');
  });
});
