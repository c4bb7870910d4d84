import { describe, expect, it } from '@jest/globals';

import { judgeServer, readGreeting } from './greeting.js';

const judged = (...reply: unknown[]) => judgeServer(readGreeting(reply), '10.0.0.1:6379');

describe('what a node says of itself', () => {
  it('is its server, version and role', () => {
    expect(readGreeting(['server', 'redis', 'version', '7.0.15', 'role', 'master'])).toEqual({
      server: 'redis',
      version: '7.0.15',
      role: 'master',
    });
    expect(readGreeting(['server', 'valkey', 'version', '8.1.0', 'role', 'slave']).role).toBe('replica');
  });

  it('will do from Redis 6.2 and Valkey 7.2 on, and in servers of another name', () => {
    expect(judged('server', 'redis', 'version', '6.2.0')).toBeUndefined();
    expect(judged('server', 'constructor', 'version', '0')).toBeUndefined();
    expect(judged('server', 'redis', 'version', '6.0.9')).toMatchObject({ reason: 'unsupported-server', permanent: true });
    expect(judged('server', 'valkey', 'version', '7.0.0')).toMatchObject({ reason: 'unsupported-server' });
  });

  it.each(['OK', null, 7, [], ['server'], [['server', 'redis']], [null, null], Array.from({ length: 1001 }, () => 'x')])(
    'is no greeting when it names no server: %j',
    (reply) => expect(judgeServer(readGreeting(reply), 'x')).toMatchObject({ reason: 'protocol', permanent: false }),
  );

  it('puts nothing into a log that could forge a line', () => {
    expect(judged('server', 'redis', 'version', '5.0\nERROR forged')!.message).not.toContain('forged');
  });
});
