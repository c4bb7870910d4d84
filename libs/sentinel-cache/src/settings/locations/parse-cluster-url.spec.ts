import { describe, expect, it } from '@jest/globals';

import { isClusterUrl, parseClusterUrl } from './parse-cluster-url.js';

function parsed(text: string) {
  const result = parseClusterUrl(text);
  if ('fault' in result) throw new Error(`${result.fault.expected}, got ${result.fault.got}`);
  const { nodes, url } = result.value;
  return { nodes: nodes.map(({ host, port }) => `${host} ${port}`), url };
}

function faultOf(text: string): string {
  const result = parseClusterUrl(text);
  if (!('fault' in result)) throw new Error('a fault was expected');
  return `${result.fault.expected} | ${result.fault.got} | ${result.fault.remedy}`;
}

describe('the URL of a Redis Cluster', () => {
  it('names nodes, with 6379 where no port is said, each once', () => {
    expect(parsed('redis+cluster://a:7000,b,[::1]:7002,A:7000').nodes).toEqual(['a 7000', 'b 6379', '::1 7002']);
    expect(parsed('redis+cluster://a').nodes).toEqual(['a 6379']);
  });

  it.each(['', '/', '/0', '/0/', '?db=0'])('may end with the one database there is: %j', (end) => {
    expect(parsed(`redis+cluster://a:7000,b:7001${end}`).url.database).toBe(0);
  });

  it('has credentials once, in front, percent-encoded', () => {
    const { nodes, url } = parsed('rediss+cluster://me:p%40s%2Cs,word@a:1,b:2/0?socket_timeout=2');
    expect(nodes).toEqual(['a 1', 'b 2']);
    expect(url).toMatchObject({ scheme: 'rediss', username: 'me', password: 'p@s,s,word' });
    expect([...url.query]).toEqual([['socket_timeout', '2']]);
  });

  it.each([
    ['another database', 'redis+cluster://a/1', 'database 0'],
    ['another database in the query', 'redis+cluster://a?db=2', 'database 0'],
    ['a master name', 'redis+cluster://mymaster/a:26379,b:26379/0', 'neither a master name nor sentinels'],
    ['a socket', 'unix+cluster:///tmp/x', 'redis+cluster://'],
    ['no node', 'redis+cluster://', 'node 1 of 1'],
    ['an empty node', 'redis+cluster://a,,b', 'node 2 of 3'],
    ['no node after the password', 'redis+cluster://:secret@', 'no host'],
    ['a space', 'redis+cluster://a, b', 'white space'],
    ['a port that is none', 'redis+cluster://a:1,b:x', 'node 2 of 2'],
    ['a password that is not encoded', 'redis+cluster://:p@ss@a:1', 'more than one @'],
    ['a fragment', 'redis+cluster://a#b', '#'],
    ['a query argument twice', 'redis+cluster://a?x=1&x=2', 'twice'],
  ])('with %s is told why not', (_what, text, words) => {
    expect(faultOf(text)).toContain(words);
    expect(faultOf(text)).not.toMatch(/secret|ss@a/);
  });

  it('is known by its scheme alone, so that a slip is told as one of a cluster', () => {
    expect(['redis+cluster://a', 'rediss+cluster:a', 'REDIS+CLUSTER://a'].map(isClusterUrl)).toEqual([true, true, true]);
    expect(['redis://a', 'mymaster/a:1/0', 7, null, undefined].map(isClusterUrl)).toEqual([false, false, false, false, false]);
  });
});
