import { readBoolean, readInteger, readSeconds, readSecret, readText } from '../read/read-values.js';
import type { SettingReader } from '../read/setting-reader.js';
import { readTlsArguments, type TlsArguments } from './tls-arguments.js';
import { ARGUMENTS_REFUSED, ARGUMENTS_WITHOUT_EFFECT } from './unsupported-options.js';

/** redis-py's connection arguments of one place in the settings; undefined where they are not given there. */
export interface ConnectionArguments {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: number | undefined;
  readonly socketTimeoutMs?: number | undefined;
  readonly socketConnectTimeoutMs?: number | undefined;
  readonly maxConnections?: number | undefined;
  readonly clientName?: string | undefined;
  readonly minOtherSentinels?: number | undefined;
  /** `ssl: true`, or a rediss:// URL. */
  readonly ssl?: boolean | undefined;
  readonly tls?: TlsArguments | undefined;
}

/** CLIENT SETNAME takes neither spaces nor line ends. */
const CLIENT_NAME = /^[!-~]*$/;

/**
 * Reads the arguments of connections to data nodes: CONNECTION_POOL_KWARGS, OPTIONS of Django core, the query
 * of a URL.
 */
export function readDataArguments(reader: SettingReader): ConnectionArguments {
  return {
    ...readSharedArguments(reader),
    database: readInteger(reader, 'db', { min: 0 }),
    maxConnections: reader.take('max_connections') === null ? undefined : readInteger(reader, 'max_connections', { min: 1 }),
    clientName: readClientName(reader, 'client_name'),
    minOtherSentinels: readInteger(reader, 'min_other_sentinels', { min: 0 }),
  };
}

/** Reads the arguments that connections to data nodes and to sentinels share: credentials, timeouts, TLS. */
export function readSharedArguments(reader: SettingReader): ConnectionArguments {
  const given: ConnectionArguments = {
    username: readSecret(reader, 'username'),
    password: readSecret(reader, 'password'),
    socketTimeoutMs: readSeconds(reader, 'socket_timeout'),
    socketConnectTimeoutMs: readSeconds(reader, 'socket_connect_timeout'),
    ssl: readBoolean(reader, 'ssl'),
    tls: readTlsArguments(reader),
  };
  reader.warnOf(ARGUMENTS_WITHOUT_EFFECT);
  reader.refuseAll(ARGUMENTS_REFUSED, 'no such argument here');
  return given;
}

/** Reads a name for CLIENT SETNAME; undefined when it is not given or a problem. */
export function readClientName(reader: SettingReader, name: string): string | undefined {
  if (reader.take(name) === null) return undefined;
  const text = readText(reader, name);
  if (text === undefined || CLIENT_NAME.test(text)) return text;
  return reader.reject(name, {
    expected: 'visible ASCII without spaces, as CLIENT SETNAME takes it',
    remedy: "Write 'shop-api'.",
  });
}

/** Joins the arguments of several places; for each name a later place wins. */
export function mergeArguments(...places: readonly ConnectionArguments[]): ConnectionArguments {
  return { ...given(...places), tls: given(...places.map((place) => place.tls ?? {})) };
}

function given<T extends object>(...places: readonly T[]): T {
  return Object.fromEntries(places.flatMap((place) => Object.entries(place).filter(([, value]) => value !== undefined))) as T;
}
