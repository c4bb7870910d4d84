import type { TcpAddress } from '../shapes/resolved-connection.js';
import { isHost, parseHostPort, parsePort } from '../locations/parse-host-port.js';
import { parseRedisUrl } from '../locations/parse-redis-url.js';

/** What other libraries' options say of a cache, as far as CACHES has a place for it. Holds no secret. */
export interface LibraryFacts {
  host?: string;
  port?: number;
  /** Path of a Unix socket. */
  socketPath?: string;
  database?: number;
  masterName?: string;
  sentinels: TcpAddress[] | undefined;
  /** Nodes of a cluster. */
  nodes: TcpAddress[] | undefined;
  keyPrefix?: string;
  /** Milliseconds, as cache-manager and Keyv count them; 0: for ever. */
  ttlMs?: number;
  readonly data: AccessFacts;
  readonly sentinel: AccessFacts;
  inMemory: boolean;
}

/** What a connection needs to be let in. */
export interface AccessFacts {
  hasUser: boolean;
  hasPassword: boolean;
  tls: boolean;
}

type Dict = Readonly<Record<string, unknown>>;
type Reader = (facts: LibraryFacts, value: unknown, depth: number) => void;

/** Deeper than any library nests its options; it also ends what leads back to itself. */
const DEEPEST = 4;
const MOST_NODES = 20;
const PLAIN_NAME = /^[\w.:-]{1,60}$/;
const PLAIN_PATH = /^\/[\w./-]{1,120}$/;
/** An @ behind the first / ? or # that follows the scheme. */
const CUT_SECRET = /:\/\/[^/?#]*[/?#].*@/s;
const ADDRESS = /^[\w.:%-]{1,120}$/;

/** Names of theirs that CACHES has no place for. */
const WITHOUT_A_PLACE = (
  'retryStrategy sentinelRetryStrategy clusterRetryStrategy reconnectStrategy reconnectOnError maxRetriesPerRequest ' +
  'enableReadyCheck enableOfflineQueue disableOfflineQueue lazyConnect connectTimeout commandTimeout keepAlive ' +
  'connectionName commandsQueueMaxLength pingInterval autoResubscribe masterPoolSize replicaPoolSize scaleReads ' +
  'slotsRefreshTimeout clientSideCache useReplicas refreshThreshold nonBlocking cacheId isCacheable'
).split(' ');

/** Names that another library's options alone have. */
const STRONG: Readonly<Record<string, Reader>> = {
  ...named(['host', 'hostname'], readHost),
  port: (facts, value) => void (facts.port = parsePort(value) ?? facts.port),
  ...named(['url', 'uri', 'redisUrl', 'connectionString'], readHost),
  ...named(['sentinels', 'sentinelRootNodes', 'sentinelNodes'], (facts, value, depth) => {
    facts.sentinels = [...(facts.sentinels ?? []), ...addressesIn(value, 26_379, depth)];
  }),
  ...named(['nodes', 'rootNodes', 'startupNodes', 'clusterNodes'], readNodes),
  ...named(['sentinelPassword'], (facts, value) => void (facts.sentinel.hasPassword ||= isGiven(value))),
  ...named(['sentinelUsername'], (facts, value) => void (facts.sentinel.hasUser ||= isGiven(value))),
  ...named(['enableTLSForSentinelMode', 'sentinelTLS'], (facts, value) => void (facts.sentinel.tls ||= isGiven(value))),
  sentinelClientOptions: (facts, value, depth) => gather(value, { ...facts, data: facts.sentinel }, depth),
  ...named(
    [
      'socket',
      'redisOptions',
      'nodeClientOptions',
      'clientOptions',
      'connection',
      'redis',
      'store',
      'stores',
      'primary',
      'secondary',
    ],
    readInner,
  ),
  ttl: (facts, value) => void (facts.ttlMs = typeof value === 'number' && value >= 0 ? value : facts.ttlMs),
  ...named(['keyPrefix'], readKeyPrefix),
  ...named(WITHOUT_A_PLACE, () => undefined),
};

/** Names that alone prove nothing. */
const WEAK: Readonly<Record<string, Reader>> = {
  ...named(['name', 'masterName', 'group'], (facts, value) => {
    if (typeof value === 'string' && PLAIN_NAME.test(value)) facts.masterName = value;
  }),
  ...named(['path', 'socketPath'], (facts, value) => {
    if (typeof value === 'string' && value !== '') facts.socketPath = PLAIN_PATH.test(value) ? value : '/path/to/redis.sock';
  }),
  ...named(['db', 'database'], (facts, value) => {
    if (Number.isSafeInteger(Number(value)) && Number(value) >= 0) facts.database = Number(value ?? 0);
  }),
  ...named(['username', 'user'], (facts, value) => void (facts.data.hasUser ||= isGiven(value))),
  ...named(['password', 'pass', 'auth_pass'], (facts, value) => void (facts.data.hasPassword ||= isGiven(value))),
  ...named(['tls', 'ssl'], (facts, value) => void (facts.data.tls ||= isGiven(value))),
  ...named(['prefix', 'namespace'], readKeyPrefix),
  ...named(['options', 'opts', 'config', 'client', 'clients', 'cluster', 'sentinel', 'defaults'], readInner),
  ...named(['role', 'family', 'type', 'max', 'RESP', 'natMap', 'adapter', 'readOnly'], () => undefined),
};

/** Those of the weak names that, with no others beside them, are a connection's. */
const LIKELY = ['path', 'db', 'database', 'username', 'user', 'password', 'pass', 'tls', 'masterName'];

/**
 * The names of a dict that another library's options have, when these are such options; empty when they are
 * not.
 */
export function libraryNamesOf(dict: Dict): readonly string[] {
  const names = Object.keys(dict).filter((name) => dict[name] !== undefined && dict[name] !== null);
  const theirs = names.filter((name) => Object.hasOwn(STRONG, name) || Object.hasOwn(WEAK, name));
  const isProven = hasLibraryName(dict) || theirs.some((name) => hasLibraryName(dict[name]));
  return isProven || (theirs.length === names.length && theirs.some((name) => LIKELY.includes(name))) ? theirs : [];
}

/** Whether a value is another library's client or store rather than options for one. */
export function isClient(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { sendCommand, get, set } = value as Dict;
  return typeof sendCommand === 'function' || (typeof get === 'function' && typeof set === 'function' && !(value instanceof Map));
}

/** Gathers what a value says: options, a URL, a client, or a list of addresses. */
export function factsIn(value: unknown, depth = 0): LibraryFacts {
  const access = (): AccessFacts => ({ hasUser: false, hasPassword: false, tls: false });
  const facts: LibraryFacts = { sentinels: undefined, nodes: undefined, data: access(), sentinel: access(), inMemory: false };
  gather(value, facts, depth);
  return facts;
}

function named(names: readonly string[], reader: Reader): Record<string, Reader> {
  return Object.fromEntries(names.map((name) => [name, reader]));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

/** Whether a dict has a name that only another library's options have. */
export function hasLibraryName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).some((name) => Object.hasOwn(STRONG, name) && isGiven((value as Dict)[name]));
}

function gather(value: unknown, facts: LibraryFacts, depth: number): void {
  if (depth > DEEPEST || value === null || value === undefined) return;
  if (typeof value === 'string' || value instanceof URL) return readHost(facts, value);
  if (Array.isArray(value)) return value.slice(0, MOST_NODES).forEach((item) => gather(item, facts, depth + 1));
  if (typeof value !== 'object') return;
  for (const [name, inner] of Object.entries(value)) {
    const reader = Object.hasOwn(STRONG, name) ? STRONG[name] : Object.hasOwn(WEAK, name) ? WEAK[name] : undefined;
    if (inner !== undefined && inner !== null) reader?.(facts, inner, depth + 1);
  }
}

function readInner(facts: LibraryFacts, value: unknown, depth: number): void {
  if (value === 'memory') facts.inMemory = true;
  else if (Array.isArray(value) && isAddressList(value, depth)) readNodes(facts, value, depth);
  else gather(value, facts, depth);
}

function readNodes(facts: LibraryFacts, value: unknown, depth: number): void {
  facts.nodes = [...(facts.nodes ?? []), ...addressesIn(value, 6379, depth)];
}

/**
 * Whether a list is one of servers: several stores are one cache's tiers, several addresses a cluster's
 * nodes.
 */
export function isAddressList(value: readonly unknown[], depth = 0): boolean {
  return value.length > 0 && value.slice(0, MOST_NODES).every((item) => addressOf(item, 0, depth) !== undefined);
}

function addressesIn(value: unknown, port: number, depth: number): TcpAddress[] {
  const items = Array.isArray(value) ? value.slice(0, MOST_NODES) : [value];
  return items.flatMap((item) => addressOf(item, port, depth) ?? []);
}

/** `{ host, port }`, `{ url }`, `{ socket }`, `['host', 6379]`, `'host:6379'` or a URL. */
function addressOf(item: unknown, port: number, depth: number): TcpAddress | undefined {
  if (Array.isArray(item)) {
    const [host, number] = item as unknown[];
    return isHost(host) && ADDRESS.test(host) && parsePort(number) !== undefined ? { host, port: parsePort(number)! } : undefined;
  }
  if (typeof item === 'number') return parsePort(item) === undefined ? undefined : { host: 'localhost', port: item };
  if (depth > DEEPEST) return undefined;
  const facts = factsIn(typeof item === 'string' || typeof item === 'object' ? item : undefined, depth + 1);
  if (facts.host === undefined && facts.port === undefined) return undefined;
  return { host: facts.host ?? 'localhost', port: facts.port ?? port };
}

/** A host name, `host:port`, or a URL. Of a URL only what is no secret is kept. */
function readHost(facts: LibraryFacts, value: unknown): void {
  const text = value instanceof URL ? value.href : value;
  if (typeof text !== 'string' || text.length > 2000) return;
  if (text.includes('://')) return readUrl(facts, text);
  if (isHost(text) && ADDRESS.test(text)) return void (facts.host = text);
  const parsed = parseHostPort(text);
  if ('value' in parsed && ADDRESS.test(parsed.value.host)) Object.assign(facts, parsed.value);
}

function readUrl(facts: LibraryFacts, text: string): void {
  // A sign of a password that stands unescaped ends the host: what is read as host, port or path is of it.
  if (CUT_SECRET.test(text)) {
    facts.host ??= 'localhost';
    facts.data.hasPassword = true;
    return;
  }
  const parsed = parseRedisUrl(text);
  if ('fault' in parsed) return;
  const { scheme, host, port, username, password, socketPath, database } = parsed.value;
  if (scheme === 'unix') facts.socketPath = PLAIN_PATH.test(socketPath) ? socketPath : '/path/to/redis.sock';
  else facts.host = ADDRESS.test(host) ? host : (facts.host ?? 'localhost');
  if (port !== undefined) facts.port = port;
  if (database !== undefined) facts.database = database;
  facts.data.hasUser ||= username !== '';
  facts.data.hasPassword ||= password !== '';
  facts.data.tls ||= scheme === 'rediss';
}

function readKeyPrefix(facts: LibraryFacts, value: unknown): void {
  if (typeof value === 'string' && PLAIN_NAME.test(value)) facts.keyPrefix = value.replace(/:+$/, '');
}
