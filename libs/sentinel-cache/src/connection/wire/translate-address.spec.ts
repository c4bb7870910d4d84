import { describe, expect, it } from '@jest/globals';

import { translatorOf } from './translate-address.js';
import { DiagnosisError } from './diagnosis.js';

const inside = { host: '10.0.0.5', port: 6379 };
const outside = { host: 'redis.example.com', port: 7000 };

describe('fault 26: translatorOf', () => {
  it('changes nothing without a natMap', () => {
    expect(translatorOf(undefined)(inside)).toBe(inside);
  });
  it('looks addresses up in an object, whatever the case of a name, IPv6 in brackets; others stay as they are', () => {
    const translate = translatorOf({ '10.0.0.5:6379': outside, 'redis-0:1': outside, '[::1]:1': outside });
    expect(translate(inside)).toEqual(outside);
    expect(translate({ host: 'Redis-0', port: 1 })).toEqual(outside);
    expect(translate({ host: '::1', port: 1 })).toEqual(outside);
    expect(translate({ host: '10.0.0.5', port: 6380 })).toEqual({ host: '10.0.0.5', port: 6380 });
    expect(translate({ host: 'constructor', port: 1 })).toEqual({ host: 'constructor', port: 1 });
  });
  it('asks a function; undefined means as it is', () => {
    const translate = translatorOf((host, port) => (port === 6379 ? { host: `${host}.example`, port: 7000 } : undefined));
    expect(translate(inside)).toEqual({ host: '10.0.0.5.example', port: 7000 });
    expect(translate({ host: 'a', port: 1 })).toEqual({ host: 'a', port: 1 });
  });
  it.each([
    ['throws', () => JSON.parse('{') as never],
    ['gives null', () => null as never],
    ['gives no port', () => ({ host: 'a' }) as never],
    ['gives a promise', async () => Promise.resolve(outside) as never],
    ['gives a promise that fails', () => Promise.reject(new Error('lookup failed')) as never],
  ])('names the address when a function %s', (_case, natMap) => {
    expect(() => translatorOf(natMap as never)(inside)).toThrow(DiagnosisError);
    expect(() => translatorOf(natMap as never)(inside)).toThrow(/natMap .*10\.0\.0\.5:6379/);
  });
});
