import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { resolveSettings } from '../resolve-settings.js';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n';

let folder = '';
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  writeFileSync(file('ca.pem'), CERTIFICATE);
  writeFileSync(file('key.pem'), KEY);
  writeFileSync(file('both.pem'), KEY + CERTIFICATE);
  writeFileSync(file('note.txt'), 'nothing');
});

afterAll(() => rmSync(folder, { recursive: true }));

function tlsOf(kwargs: object, LOCATION = 'rediss://h') {
  const config = resolveSettings({
    default: { BACKEND: 'redis', LOCATION, OPTIONS: { CONNECTION_POOL_KWARGS: kwargs } },
  }).caches.get('default')!;
  return config.backend === 'redis' ? config.connection.tls : undefined;
}

function pathsOf(kwargs: object, LOCATION?: string): string[] {
  try {
    tlsOf(kwargs, LOCATION);
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError)
      return error.problems.map(({ path }) => path.replace('CACHES.default.OPTIONS.CONNECTION_POOL_KWARGS.', ''));
    throw error;
  }
  return [];
}

describe('ssl_ arguments', () => {
  it('fault 25: tlsServername is the name in the certificate; an address, or no TLS on that connection, is a problem', () => {
    expect(tlsOf({ tlsServername: 'redis.example.com' })).toMatchObject({ servername: 'redis.example.com' });
    for (const name of ['10.0.0.5', '::1', '', 'https://redis', 5, null]) {
      expect(pathsOf({ tlsServername: name })).toEqual(['tlsServername']);
    }
    expect(pathsOf({ tlsServername: 'redis.example.com' }, 'redis://h')).toEqual(['tlsServername']);
  });

  it('C-60: read the files they name', () => {
    expect(
      tlsOf({ ssl_ca_certs: file('ca.pem'), ssl_certfile: file('ca.pem'), ssl_keyfile: file('key.pem'), ssl_password: 'p' }),
    ).toEqual({
      ca: CERTIFICATE,
      cert: CERTIFICATE,
      key: KEY,
      passphrase: 'p',
      rejectUnauthorized: true,
      checkHostname: true,
      servername: undefined,
      minVersion: 'TLSv1.2',
    });
  });

  it('take a key that stands in the certificate file, and certificates as text', () => {
    expect(tlsOf({ ssl_certfile: file('both.pem'), ssl_ca_data: CERTIFICATE })).toMatchObject({
      key: KEY + CERTIFICATE,
      ca: CERTIFICATE,
    });
  });

  it('come from the query of a URL as well', () => {
    expect(tlsOf({}, `rediss://h?ssl_cert_reqs=none&ssl_ca_certs=${file('ca.pem')}`)).toMatchObject({
      rejectUnauthorized: false,
      ca: CERTIFICATE,
    });
  });

  it.each([
    ['none', false],
    [null, false],
    [0, false],
    ['optional', true],
    ['required', true],
    ['CERT_REQUIRED', true],
    [2, true],
  ])('ssl_cert_reqs %p', (ssl_cert_reqs, rejectUnauthorized) => {
    expect(tlsOf({ ssl_cert_reqs })).toMatchObject({ rejectUnauthorized, checkHostname: rejectUnauthorized });
  });

  it.each([
    ['TLSv1.3', 'TLSv1.3'],
    [772, 'TLSv1.3'],
    ['TLSv1_2', 'TLSv1.2'],
  ])('ssl_min_version %p is %p', (ssl_min_version, minVersion) => {
    expect(tlsOf({ ssl_min_version })).toMatchObject({ minVersion });
  });

  it('are problems when they are wrong', () => {
    expect(
      pathsOf({
        ssl_cert_reqs: 'never',
        ssl_min_version: 'TLSv1',
        ssl_check_hostname: 'no',
        ssl_ciphers: 'x',
        ssl_ca_path: '/',
      }).sort(),
    ).toEqual(['ssl_ca_path', 'ssl_cert_reqs', 'ssl_check_hostname', 'ssl_ciphers', 'ssl_min_version']);
    expect(pathsOf({ ssl_cert_reqs: 'none', ssl_check_hostname: true })).toEqual(['ssl_cert_reqs']);
  });

  it.each([['/nowhere/ca.pem'], ['/dev/zero'], ['/'], ['']])('refuse the file %s', (ssl_ca_certs) => {
    expect(pathsOf({ ssl_ca_certs })).toEqual(['ssl_ca_certs']);
  });

  it('refuse a file without what it should hold, and half a pair', () => {
    expect(pathsOf({ ssl_ca_certs: file('note.txt'), ssl_keyfile: file('ca.pem') })).toEqual(['ssl_ca_certs', 'ssl_keyfile']);
    expect(pathsOf({ ssl_certfile: file('ca.pem') })).toEqual(['ssl_certfile']);
    expect(pathsOf({ ssl_keyfile: file('key.pem') })).toEqual(['ssl_keyfile']);
  });

  it('refuse to stand beside a connection without TLS', () => {
    expect(pathsOf({ ssl_ca_certs: file('ca.pem') }, 'redis://h')).toEqual(['ssl_ca_certs']);
    expect(pathsOf({ ssl: true, ssl_ca_certs: file('ca.pem') }, 'redis://h')).toEqual([]);
    expect(tlsOf({ ssl: true }, 'redis://h')).toMatchObject({ rejectUnauthorized: true });
  });
});
