import { describe, expect, it } from '@jest/globals';

import { resolveSettings } from '../resolve-settings.js';
import { problemsFrom } from '../../../../../test/support/setting-problems.js';

function resolve(OPTIONS: object, LOCATION = 'm/a:26379/0') {
  const cache = { BACKEND: 'redis', LOCATION, OPTIONS: { CLIENT_CLASS: 'sentinel', ...OPTIONS } };
  const config = resolveSettings({ default: cache }).caches.get('default')!;
  if (config.backend !== 'redis' || config.connection.topology.kind !== 'sentinel') throw new Error('no sentinel config');
  return config.connection.topology;
}

const problemsOf = (OPTIONS: object, LOCATION?: string) => problemsFrom(() => resolve(OPTIONS, LOCATION));

describe('OPTIONS.natMap', () => {
  it('is none unless given', () => {
    expect(resolve({}).natMap).toBeUndefined();
  });

  it('fault 26: takes an object of addresses, and gives it back frozen, with lower-case names', () => {
    const natMap = { 'Redis-0:6379': { host: 'gw', port: 7000 }, '[::1]:6379': { host: '127.0.0.1', port: '7001' } };
    const resolved = resolve({ natMap }).natMap;
    expect(resolved).toEqual({ 'redis-0:6379': { host: 'gw', port: 7000 }, '[::1]:6379': { host: '127.0.0.1', port: 7001 } });
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  it('fault 26: takes a function as it is', () => {
    const natMap = (host: string, port: number) => ({ host, port });
    expect(resolve({ natMap }).natMap).toBe(natMap);
  });

  it.each([
    ['natMap', 5],
    ['natMap', []],
    ['natMap', null],
    ['natMap.10.0.0.5', { '10.0.0.5': { host: 'a', port: 1 } }],
    ['natMap["fe80::1:6379"]', { 'fe80::1:6379': { host: 'a', port: 1 } }],
    ['natMap["a:1"]', { 'a:1': 'b:2' }],
    ['natMap["a:1"]', { 'a:1': { host: 'b' } }],
    ['natMap["a:1"]', { 'a:1': { host: 'redis://b', port: 1 } }],
    ['natMap["a:1"]', { 'a:1': { host: 'b', port: 70_000 } }],
    ['natMap["a:1"].prot', { 'a:1': { host: 'b', port: 1, prot: 2 } }],
  ])('a problem at %s: %j', (path, natMap) => {
    expect(problemsOf({ natMap })).toEqual([expect.objectContaining({ path: `CACHES.default.OPTIONS.${path}` })]);
  });

  it.each([[{ natMap: {} }], [{ eagerFailover: true }]])('%j without Sentinel is refused with the way out', (OPTIONS) => {
    const problems = problemsOf({ CLIENT_CLASS: 'default', ...OPTIONS }, 'redis://h:1/0');
    expect(problems).toEqual([
      expect.objectContaining({ remedy: expect.stringContaining('Nothing here speaks to a sentinel') as unknown }),
    ]);
  });
});

describe('OPTIONS.eagerFailover', () => {
  it('is off unless asked for, and takes nothing but true and false', () => {
    expect(resolve({}).eagerFailover).toBe(false);
    expect(resolve({ eagerFailover: true }).eagerFailover).toBe(true);
    expect(problemsOf({ eagerFailover: 'yes' })).toHaveLength(1);
  });
});
