import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRedisUrl } from './parse-redis-url.js';

const NOTHING = {
  scheme: 'redis',
  host: '',
  port: undefined,
  username: '',
  password: '',
  socketPath: '',
  database: undefined,
  query: new Map(),
};

describe('parseRedisUrl', () => {
  it.each([
    ['redis://', {}],
    ['redis:///', {}],
    ['redis://h', { host: 'h' }],
    ['redis://h:6380/1', { host: 'h', port: 6380, database: 1 }],
    ['redis://h:/1/', { host: 'h', database: 1 }],
    ['rediss://h', { scheme: 'rediss', host: 'h' }],
    ['redis://user@h', { host: 'h', username: 'user' }],
    ['redis://:pw@h', { host: 'h', password: 'pw' }],
    ['redis://user:p%40ss%2Fw%C3%B6rd@h', { host: 'h', username: 'user', password: 'p@ss/wörd' }],
    ['redis://u:a:b@h', { host: 'h', username: 'u', password: 'a:b' }],
    ['redis://:100%zz@h', { host: 'h', password: '100%zz' }],
    ['redis://:a+b@h', { host: 'h', password: 'a+b' }],
    ['redis://[::1]', { host: '::1' }],
    ['redis://u:p@[2001:DB8::1]:7000/2', { host: '2001:DB8::1', port: 7000, username: 'u', password: 'p', database: 2 }],
    ['redis://MyMaster/0', { host: 'MyMaster', database: 0 }],
    ['unix:///tmp/redis.sock', { scheme: 'unix', socketPath: '/tmp/redis.sock' }],
    [
      'unix://u:p@/tmp/my%20redis.sock?db=3',
      { scheme: 'unix', socketPath: '/tmp/my redis.sock', username: 'u', password: 'p', database: 3 },
    ],
    [
      'redis://h?a=1%2B1&b=x+y&c=',
      {
        host: 'h',
        query: new Map([
          ['a', '1+1'],
          ['b', 'x y'],
        ]),
      },
    ],
  ])('C-21: reads %s', (text, parts) => {
    expect(parseRedisUrl(text)).toEqual({ value: { ...NOTHING, ...parts } });
  });

  it('C-22: takes ?db= before the path', () => {
    expect(parseRedisUrl('redis://h/1?db=2')).toEqual({ value: { ...NOTHING, host: 'h', database: 2 } });
  });

  it.each([
    ['redis://h/zero', 'a path that is no number'],
    ['redis://h/-1', 'a path that is no number'],
    ['redis://h/1/2', 'several parts'],
    ['redis://h?db=x', 'something else'],
    ['redis://h?db=-1', 'something else'],
  ])('C-22: refuses the database of %s, where Django uses 0 or 12', (text, got) => {
    expect(parseRedisUrl(text)).toMatchObject({ fault: { got } });
  });

  it.each([
    ['h:6379', 'no redis://, rediss:// or unix:// in front'],
    ['mymaster/h:26379/0', 'no redis://, rediss:// or unix:// in front'],
    ['http://h', 'no redis://, rediss:// or unix:// in front'],
    ['REDIS://h', 'no redis://, rediss:// or unix:// in front'],
  ])('C-14: refuses %s, which has no scheme of redis-py', (text, got) => {
    expect(parseRedisUrl(text)).toMatchObject({ fault: { got } });
  });

  it.each([
    [' redis://h', 'white space in it'],
    ['redis://h:x', 'a port that is no number from 1 to 65535'],
    ['redis://h:70000', 'a port that is no number from 1 to 65535'],
    ['redis://::1', 'a port that is no number from 1 to 65535'],
    ['redis://[::1', 'a host that can not be read'],
    ['redis://:p#w@h', 'a # in it'],
    ['redis://:p@w@h', 'more than one @'],
    ['redis://:p/w@h', 'a port that is no number from 1 to 65535'],
    ['redis://h?a=1&a=2', 'a query argument twice'],
    ['unix://tmp/redis.sock', 'a host'],
    ['unix:///', 'no path'],
  ])('C-21: refuses %s', (text, got) => {
    expect(parseRedisUrl(text)).toMatchObject({ fault: { got } });
  });

  it('never throws, and never repeats the text in a fault', () => {
    const grammar = fc
      .array(fc.constantFrom('/', ':', '?', '#', '@', '[', ']', '=', '&', '%', '%40', '0', ' ', 'S3CRET'))
      .map((parts) => `redis://${parts.join('')}`);
    fc.assert(
      fc.property(fc.oneof(grammar, fc.string()), (text) => {
        const parsed = parseRedisUrl(text);
        expect(JSON.stringify('fault' in parsed ? parsed : {})).not.toContain('S3CRET');
      }),
    );
  });
});
