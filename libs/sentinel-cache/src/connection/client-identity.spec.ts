import { describe, expect, it } from '@jest/globals';

import { resolveSettings } from '../settings/resolve-settings.js';
import { ClientIdentities } from './client-identity.js';

function connectionOf(OPTIONS: object) {
  const cache = { BACKEND: 'redis', LOCATION: 'm/a:1,b:2/0', OPTIONS: { CLIENT_CLASS: 'sentinel', ...OPTIONS } };
  const config = resolveSettings({ default: cache }).caches.get('default')!;
  if (config.backend !== 'redis') throw new Error('a redis cache was expected');
  return config.connection;
}

describe('ClientIdentities', () => {
  const identities = new ClientIdentities();
  const of = (options: object): string => identities.of(connectionOf(options));

  it('C-13: tells passwords and timeouts apart, and shows neither', () => {
    expect(of({ PASSWORD: 'a' })).toBe(of({ PASSWORD: 'a' }));
    expect(of({ PASSWORD: 'a' })).not.toBe(of({ PASSWORD: 'b' }));
    expect(of({ PASSWORD: 'a', deadline: 100 })).not.toBe(of({ PASSWORD: 'a' }));
    expect(of({ PASSWORD: 'a' })).toMatch(/^[0-9a-f]{64}$/);
  });

  it('fault 26: takes a natMap function as the same only when it is the same object, an object by what is in it', () => {
    const natMap = (host: string, port: number) => ({ host, port });
    expect(of({ natMap })).toBe(of({ natMap }));
    expect(of({ natMap })).not.toBe(of({ natMap: (host: string, port: number) => ({ host, port }) }));
    expect(of({ natMap })).not.toBe(of({}));
    const map = { 'a:1': { host: 'b', port: 1 } };
    expect(of({ natMap: map })).toBe(of({ natMap: { ...map } }));
    expect(of({ natMap: map })).not.toBe(of({ natMap: { 'a:1': { host: 'b', port: 2 } } }));
  });
});
