import { describe, expect, it } from '@jest/globals';

import { resolveSettings } from '../resolve-settings.js';

const TLS = { ssl: true };
const PASSWORD = { password: 'S3CRET' };

function warningsOf(LOCATION: unknown, OPTIONS: object = {}): readonly string[] {
  return resolveSettings({ default: { BACKEND: 'redis', LOCATION, OPTIONS } }).warnings;
}
function onSentinels(data: object, sentinels: object, host = '127.0.0.1'): readonly string[] {
  const OPTIONS = { CLIENT_CLASS: 'sentinel', CONNECTION_POOL_KWARGS: data, SENTINEL_KWARGS: sentinels };
  return warningsOf(`mymaster/${host}:26379/0`, OPTIONS);
}
const one = (...parts: string[]) => [expect.stringMatching(new RegExp(parts.map((part) => `(?=.*${part})`).join('')))];

describe('TLS to data nodes or to sentinels alone', () => {
  it.each([
    ['neither', {}, {}, []],
    ['both', TLS, TLS, []],
    ['the data nodes´', TLS, {}, one('those to the sentinels have not', 'OPTIONS.SENTINEL_KWARGS', 'docs/security.md')],
    ['the sentinels´', {}, TLS, one('those to the data nodes have not', 'OPTIONS.CONNECTION_POOL_KWARGS', 'docs/security.md')],
  ])('%s', (_which, data, sentinels, warnings) => {
    expect(onSentinels(data, sentinels)).toEqual(warnings);
  });
});

describe('a certificate that is not checked', () => {
  const unchecked = { ...TLS, ssl_cert_reqs: 'none' };
  const anyHost = { ...TLS, ssl_check_hostname: false };

  it.each([
    ['the data nodes´', unchecked, TLS, one('data nodes is not checked', 'ssl_cert_reqs')],
    ['the sentinels´', TLS, unchecked, one('sentinels is not checked', 'OPTIONS.SENTINEL_KWARGS')],
    ['the data nodes´, for any host', anyHost, TLS, one('data nodes is not compared', 'ssl_check_hostname')],
    ['the sentinels´, for any host', TLS, anyHost, one('sentinels is not compared')],
  ])('%s', (_which, data, sentinels, warnings) => {
    expect(onSentinels(data, sentinels)).toEqual(warnings);
  });
  it('of both connections is reported for both', () => {
    expect(onSentinels(unchecked, anyHost)).toHaveLength(2);
  });
  it('of a single server and of a cluster too', () => {
    expect(warningsOf('rediss://127.0.0.1/0?ssl_cert_reqs=none')).toEqual(one('not checked'));
    const OPTIONS = { CONNECTION_POOL_KWARGS: anyHost };
    expect(warningsOf('redis+cluster://127.0.0.1:7000', OPTIONS)).toEqual(one('ssl_check_hostname'));
  });
});

describe('a password in plain text', () => {
  it.each([
    ['localhost', 0],
    ['LOCALHOST', 0],
    ['redis.localhost', 0],
    ['127.0.0.1', 0],
    ['127.9.8.7', 0],
    ['[::1]', 0],
    ['192.168.1.1', 1],
    ['10.0.0.1', 1],
    ['redis', 1],
    ['127.0.0.1.example.com', 1],
    ['localhost.example.com', 1],
    ['[fe80::1]', 1],
  ])('to %s: %p warnings', (host, count) => {
    expect(warningsOf(`redis://:S3CRET@${host}:6379/0`)).toHaveLength(count);
    expect(warningsOf(`redis://${host}:6379/0`)).toEqual([]);
    expect(onSentinels(PASSWORD, {}, host)).toHaveLength(count);
    expect(onSentinels({}, {}, host)).toEqual([]);
  });
  it('is one warning, whichever connections have one, and never shows it', () => {
    const host = '192.168.1.1';
    expect(onSentinels(PASSWORD, {}, host)).toEqual(one('for the data nodes crosses', 'docs/security.md'));
    expect(onSentinels({}, PASSWORD, host)).toEqual(one('for the sentinels crosses', 'OPTIONS.SENTINEL_KWARGS'));
    expect(onSentinels(PASSWORD, PASSWORD, host)).toEqual(one('for the data nodes and the sentinels crosses'));
    expect(onSentinels(PASSWORD, PASSWORD, host).join()).not.toContain('S3CRET');
  });
  it('is none where TLS is on, nor on a socket file', () => {
    expect(onSentinels({ ...PASSWORD, ...TLS }, { ...PASSWORD, ...TLS }, '192.168.1.1')).toEqual([]);
    expect(warningsOf('rediss://:S3CRET@192.168.1.1/0')).toEqual([]);
    expect(warningsOf('unix://:S3CRET@/tmp/redis.sock?db=0')).toEqual([]);
  });
  it('is told of replicas, cluster nodes and shards too, once', () => {
    expect(warningsOf(['redis://:S3CRET@127.0.0.1/0', 'redis://:S3CRET@10.0.0.2/0'])).toHaveLength(1);
    expect(warningsOf('redis+cluster://:S3CRET@127.0.0.1:7000,10.0.0.2:7000')).toHaveLength(1);
    const shards = ['redis://:S3CRET@10.0.0.1/0', 'redis://:S3CRET@10.0.0.2/0'];
    const OPTIONS = { CLIENT_CLASS: 'django_redis.client.ShardClient' };
    const { warnings } = resolveSettings({ default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: shards, OPTIONS } });
    expect(warnings).toHaveLength(1);
  });
});
