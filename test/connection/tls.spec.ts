import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type DjangoSettings } from 'nestjs-sentinel-cache';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures', 'tls');
const ca = join(fixtures, 'ca.pem');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('over TLS', () => {
  let redis: LocalRedis;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    redis = await startLocalRedis({
      password: 'admin',
      redisConfig: {
        'tls-port': String(port),
        'tls-cert-file': join(fixtures, 'server.pem'),
        'tls-key-file': join(fixtures, 'server.key'),
        'tls-ca-cert-file': ca,
        'tls-auth-clients': 'no',
      },
    });
  });
  afterAll(() => redis.stop());

  async function roundTrip(location: string, kwargs: Record<string, unknown>): Promise<unknown> {
    const caching = {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: location,
      OPTIONS: { PASSWORD: 'admin', deadline: '3s', CONNECTION_POOL_KWARGS: kwargs },
    };
    const caches = createCaches({ default: caching } as DjangoSettings);
    try {
      await caches.get().set('k', 'v');
      return await caches.get().get('k');
    } finally {
      await caches.close();
    }
  }

  it('C-21: rediss:// gets in, by name and by address, and checks the certificate', async () => {
    expect(await roundTrip(`rediss://localhost:${port}/0`, { ssl_ca_certs: ca })).toBe('v');
    expect(await roundTrip(`rediss://127.0.0.1:${port}/0`, { ssl_ca_certs: ca })).toBe('v');
  });

  it('a cache in a log shows neither the key nor its file', async () => {
    const kwargs = { ssl_ca_certs: ca, ssl_certfile: join(fixtures, 'server.pem'), ssl_keyfile: join(fixtures, 'server.key') };
    const caching = {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: `rediss://localhost:${port}/0`,
      OPTIONS: { PASSWORD: 'admin', deadline: '3s', CONNECTION_POOL_KWARGS: kwargs },
    };
    const caches = createCaches({ default: caching } as DjangoSettings);
    await caches.get().set('k', 'v');
    for (const logged of [caches, caches.get(), caches.monitor])
      expect(inspect(logged, { depth: null, showHidden: true })).not.toMatch(/PRIVATE KEY|server\.key/);
    await caches.close();
  });

  it('C-60: redis:// with ssl in CONNECTION_POOL_KWARGS is the same', async () => {
    expect(await roundTrip(`redis://127.0.0.1:${port}/0`, { ssl: true, ssl_ca_certs: ca })).toBe('v');
  });

  it('fault 25: tlsServername is the name that is asked for and checked, where it is not the host', async () => {
    expect(await roundTrip(`rediss://127.0.0.1:${port}/0`, { ssl_ca_certs: ca, tlsServername: 'localhost' })).toBe('v');
    const wrong = roundTrip(`rediss://127.0.0.1:${port}/0`, { ssl_ca_certs: ca, tlsServername: 'redis.example.com' });
    await expect(wrong).rejects.toMatchObject({ reason: 'tls', executed: false });
  });

  it('fault 25: where TLS is on, not a byte is sent in the clear', async () => {
    const chunks: Buffer[] = [];
    const server = createServer((socket) => socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: deaf } = server.address() as { port: number };
    await expect(roundTrip(`rediss://127.0.0.1:${deaf}/0`, { ssl_ca_certs: ca })).rejects.toMatchObject({ executed: false });
    await new Promise((resolve) => server.close(resolve));
    // 0x16: a TLS handshake.
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks.map((chunk) => chunk[0])).toEqual(chunks.map(() => 0x16));
    expect(Buffer.concat(chunks).includes('HELLO')).toBe(false);
    expect(Buffer.concat(chunks).includes('admin')).toBe(false);
  });

  it('ssl_cert_reqs none takes any certificate', async () => {
    expect(await roundTrip(`rediss://127.0.0.1:${port}/0`, { ssl_cert_reqs: 'none', ssl_check_hostname: false })).toBe('v');
  });

  it.each([
    ['an authority that nobody vouches for', () => `rediss://127.0.0.1:${port}/0`, {}],
    ['TLS to a port that speaks none', () => `rediss://127.0.0.1:${redis.port}/0`, { ssl_ca_certs: ca }],
  ])('fault 25: %s is a tls error', async (_case, location, kwargs) => {
    await expect(roundTrip(location(), kwargs)).rejects.toMatchObject({ reason: 'tls', executed: false });
  });

  it('fault 25: no TLS to a port that speaks it is an error, and nothing is sent in the clear but the greeting', async () => {
    await expect(roundTrip(`redis://127.0.0.1:${port}/0`, {})).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_UNAVAILABLE',
      executed: false,
    });
  });
});
