import { describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../testing/fake-clock.js';
import { ConnectionEventSource } from './connection-event-source.js';
import type { ClientChange } from '../contract/client-event.js';

function setUp() {
  const clock = new FakeClock(1000);
  const own = new ConnectionEventSource({ masterName: 'mymaster', aliases: () => ['default', 'sessions'] }, clock);
  const read = (kind: ClientChange['kind'], change: Partial<ClientChange> = {}) =>
    own.read({ kind, level: 'info', message: 'm', ...change });
  return { clock, read };
}

describe('ConnectionEventSource', () => {
  it('tells the first connection from one that came back, and says how long it was gone', () => {
    const { clock, read } = setUp();
    expect(read('up', { address: 'a:1' })).toEqual([
      { type: 'connected', masterName: 'mymaster', atMs: 1000, aliases: ['default', 'sessions'], message: 'm', address: 'a:1' },
    ]);
    expect(read('down', { address: 'a:1', reason: 'no-primary' })).toMatchObject([
      { type: 'connection-lost', reason: 'no-primary' },
    ]);
    clock.advance(1234.5);
    expect(read('up', { address: 'a:1' })).toMatchObject([{ type: 'recovered', downMs: 1235, address: 'a:1' }]);
  });

  it('a planned failover is a move; after an outage it is a move, then a recovery', () => {
    const { read } = setUp();
    read('up', { address: 'a:1' });
    expect(read('moved', { address: 'b:1', from: 'a:1' })).toMatchObject([{ type: 'moved', from: 'a:1', address: 'b:1' }]);
    read('down');
    expect(read('moved', { address: 'c:1', from: 'b:1' }).map(({ type }) => type)).toEqual(['moved', 'recovered']);
  });

  it('a diagnosis before the first connection makes that no recovery', () => {
    const { read } = setUp();
    expect(read('diagnosis', { reason: 'auth' })).toMatchObject([{ type: 'diagnosis', reason: 'auth' }]);
    expect(read('up').map(({ type }) => type)).toEqual(['connected']);
  });

  it('names the sentinel, and passes the breaker on', () => {
    const { read } = setUp();
    expect(read('sentinel-lost', { sentinel: 's:1' })).toMatchObject([
      { type: 'sentinel-lost', sentinel: 's:1', address: 's:1' },
    ]);
    for (const kind of ['breaker-opened', 'breaker-half-open', 'breaker-closed'] as const)
      expect(read(kind)).toMatchObject([{ type: kind }]);
  });
});
