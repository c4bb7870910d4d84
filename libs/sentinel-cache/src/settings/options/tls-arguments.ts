import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';

import { describeKind } from '../read/describe-value.js';
import { DEFAULTS } from '../shapes/defaults.js';
import { isHost } from '../locations/parse-host-port.js';
import { readBoolean, readSecret, readText } from '../read/read-values.js';
import type { SettingProblems } from '../read/setting-problems.js';
import type { SettingReader } from '../read/setting-reader.js';
import type { TlsConfig } from '../shapes/resolved-connection.js';

/**
 * redis-py's ssl_* arguments of one place in the settings, and tlsServername; undefined where they are not
 * given there.
 */
export type TlsArguments = Partial<TlsConfig> & {
  /** Whether the file of the certificate also contains its key. */
  readonly certificateHasKey?: boolean;
  /** The first argument given, for messages. */
  readonly path?: string;
};

/** A larger file is no certificate bundle. */
const LARGEST_BYTES = 4 * 1024 * 1024;

const CERT_REQS: Readonly<Record<string, boolean>> = {
  none: false,
  optional: true,
  required: true,
  CERT_NONE: false,
  CERT_OPTIONAL: true,
  CERT_REQUIRED: true,
};
/** `ssl.TLSVersion.TLSv1_2.value` is 771. */
const MIN_VERSIONS: Readonly<Record<string, TlsConfig['minVersion']>> = {
  'TLSv1.2': 'TLSv1.2',
  'TLSv1.3': 'TLSv1.3',
  TLSv1_2: 'TLSv1.2',
  TLSv1_3: 'TLSv1.3',
  771: 'TLSv1.2',
  772: 'TLSv1.3',
};
const NAMES = [
  'ssl_ca_certs',
  'ssl_ca_data',
  'ssl_certfile',
  'ssl_keyfile',
  'ssl_password',
  'ssl_cert_reqs',
  'ssl_check_hostname',
  'ssl_min_version',
  'tlsServername',
];

/** Reads the ssl_* arguments and tlsServername of one place, and the files that they name. Notes problems. */
export function readTlsArguments(reader: SettingReader): TlsArguments {
  const first = NAMES.find((name) => reader.has(name));
  const certificate = readPem(reader, 'ssl_certfile', 'CERTIFICATE');
  return {
    ca: readPem(reader, 'ssl_ca_certs', 'CERTIFICATE') ?? readPemText(reader, 'ssl_ca_data'),
    cert: certificate,
    certificateHasKey: certificate === undefined ? undefined : certificate.includes('PRIVATE KEY-----'),
    key: readPem(reader, 'ssl_keyfile', 'PRIVATE KEY'),
    passphrase: readSecret(reader, 'ssl_password'),
    rejectUnauthorized: readCertReqs(reader),
    checkHostname: readBoolean(reader, 'ssl_check_hostname'),
    servername: readServername(reader),
    minVersion: readMinVersion(reader),
    path: first === undefined ? undefined : reader.pathOf(first),
  };
}

/**
 * Returns the TLS config of connections whose TLS is on. `path`: where problems are noted that no single
 * argument causes.
 */
export function tlsConfigOf(given: TlsArguments, path: string, problems: SettingProblems): TlsConfig {
  const rejectUnauthorized = given.rejectUnauthorized ?? DEFAULTS.tlsRejectUnauthorized;
  const reject = (expected: string, got: string, remedy: string) =>
    problems.add({ path: given.path ?? path, expected, got, remedy });
  if (given.key !== undefined && given.cert === undefined) {
    reject('ssl_certfile and ssl_keyfile together', 'a key without its certificate', 'Write ssl_certfile too.');
  }
  if (given.cert !== undefined && given.key === undefined && !given.certificateHasKey) {
    reject('ssl_certfile and ssl_keyfile together', 'a certificate without its key', 'Write ssl_keyfile too.');
  }
  if (!rejectUnauthorized && given.checkHostname === true) {
    const remedy = "Write ssl_cert_reqs: 'required', or ssl_check_hostname: false.";
    reject("ssl_check_hostname: false where ssl_cert_reqs is 'none', as in Python", 'true (boolean)', remedy);
  }
  return Object.freeze({
    ca: given.ca,
    cert: given.cert,
    key: given.key ?? (given.certificateHasKey ? given.cert : undefined),
    passphrase: given.passphrase,
    rejectUnauthorized,
    checkHostname: given.checkHostname ?? rejectUnauthorized,
    servername: given.servername,
    minVersion: given.minVersion ?? DEFAULTS.tlsMinVersion,
  });
}

function readPem(reader: SettingReader, name: string, kind: string): string | undefined {
  if (reader.take(name) === null) return undefined;
  const path = readText(reader, name, 'Write the path of a PEM file.');
  if (path === undefined) return undefined;
  const file = readTlsFile(path);
  const expected = `the path of a PEM file that holds a ${kind.toLowerCase()}`;
  if ('reason' in file) return reader.reject(name, { expected, got: file.reason, remedy: 'Check the path and its permissions.' });
  if (file.text.includes(`${kind}-----`)) return file.text;
  return reader.reject(name, { expected, got: 'a file without one', remedy: 'Name the right file, in PEM format.' });
}

function readPemText(reader: SettingReader, name: string): string | undefined {
  const text = readText(reader, name, 'Write the text of a PEM file.');
  if (text === undefined || text.includes('CERTIFICATE-----')) return text;
  return reader.reject(name, {
    expected: 'certificates as PEM text',
    got: describeKind(text),
    remedy: 'For a file write ssl_ca_certs.',
  });
}

function readCertReqs(reader: SettingReader): boolean | undefined {
  const value = reader.take('ssl_cert_reqs');
  if (value === undefined) return undefined;
  if (value === null) return false;
  if (typeof value === 'string' && Object.hasOwn(CERT_REQS, value)) return CERT_REQS[value];
  if (value === 0 || value === 1 || value === 2) return value > 0;
  return reader.rejectWord('ssl_cert_reqs', Object.keys(CERT_REQS), {
    expected: "'required', 'optional' or 'none'",
    remedy: "Write 'required'.",
  });
}

/** The server name of TLS must be a name, not an address (RFC 6066). */
function readServername(reader: SettingReader): string | undefined {
  const value = reader.take('tlsServername');
  if (value === undefined) return undefined;
  if (isHost(value) && isIP(value) === 0) return value;
  return reader.reject('tlsServername', {
    expected: 'a host name',
    got: typeof value === 'string' && isIP(value) > 0 ? 'an IP address' : describeKind(value),
    remedy: 'Write the name in the certificate, or leave it out where that is the host that is connected to.',
  });
}

function readMinVersion(reader: SettingReader): TlsConfig['minVersion'] | undefined {
  const value = reader.take('ssl_min_version');
  if (value === undefined || value === null) return undefined;
  const name = String(typeof value === 'string' || typeof value === 'number' ? value : '');
  if (Object.hasOwn(MIN_VERSIONS, name)) return MIN_VERSIONS[name];
  return reader.rejectWord('ssl_min_version', Object.keys(MIN_VERSIONS), {
    expected: "'TLSv1.2' or 'TLSv1.3'",
    remedy: "Write 'TLSv1.2'.",
  });
}

/**
 * Reads a certificate or key file, at boot: the only access to files. Returns the reason when it can't be
 * read. Never throws.
 */
function readTlsFile(path: string): { readonly text: string } | { readonly reason: string } {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { reason: 'something that is no file' };
    if (stats.size > LARGEST_BYTES) return { reason: 'a file that is too large' };
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return { reason: `a file that can not be read (${typeof code === 'string' ? code : 'unknown error'})` };
  }
}
