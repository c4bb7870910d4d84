import { MODULE_OPTIONS } from '../shapes/module-options.js';
import { isDict } from '../read/setting-reader.js';
import { factsIn, libraryNamesOf, isAddressList, isClient, type LibraryFacts } from './library-facts.js';

/** What is ours, and spelt as other libraries spell theirs. */
const OURS: readonly string[] = [...MODULE_OPTIONS, 'aliases', 'timeout'];

/** A cache as CACHES spells it. */
export type CacheDict = Readonly<Record<string, unknown>>;

/** Another library's options, where CACHES or one of its caches belongs. */
export interface LibraryOptions {
  /** Whose they are, for an error: `options of ioredis (host, port)`. Holds names of that library alone. */
  readonly got: string;
  /** The names that are that library's and none of Django's or ours; empty for what is no dict. */
  readonly names: readonly string[];
  /** The same cache as CACHES spells it; secrets are `***`. */
  readonly cache: CacheDict;
}

/** How libraries are told apart: by the first of these that has one of the names. */
const LIBRARIES: readonly (readonly [library: string, names: readonly string[]])[] = [
  ['cache-manager', ['store', 'stores', 'ttl', 'refreshThreshold', 'nonBlocking', 'cacheId', 'isCacheable', 'max']],
  ['Keyv', ['uri', 'namespace', 'adapter']],
  ['node-redis', ['socket', 'url', 'sentinelRootNodes', 'rootNodes', 'nodeClientOptions', 'database', 'RESP']],
];

/**
 * Recognises options of ioredis, node-redis, Keyv and cache-manager, their clients, a URL, and a list of
 * nodes. Gives undefined for everything else. `options`: an OPTIONS dict beside them, which may hold some as
 * well.
 */
export function libraryOptionsIn(value: unknown, options?: unknown): LibraryOptions | undefined {
  if (typeof value === 'string' || value instanceof URL) return fromUrl(value);
  if (Array.isArray(value)) {
    return isAddressList(value) ? { got: 'a list of servers', names: [], cache: cacheOf(factsIn({ nodes: value })) } : undefined;
  }
  if (!isDict(value)) return undefined;
  const known = libraryNamesOf(value);
  if (known.length === 0 && !isClient(value)) return undefined;
  const facts = factsIn(isDict(options) ? { ...options, ...value } : value);
  const got = isClient(value) ? "another library's client" : `options of ${libraryOf(known)} (${listed(known)})`;
  const names = Object.keys(value).filter((name) => known.includes(name) || isClient(value) || isOthers(name));
  return { got, names, cache: cacheOf(facts) };
}

/** Beside options of another library what is spelt as they are is one of them, known here or not. */
function isOthers(name: string): boolean {
  return /^[a-z][a-zA-Z]*$/.test(name) && !OURS.includes(name);
}

/** Prints a cache as the CACHES dict to write: `{ CACHES: { default: { ... } } }`. */
export function printCaches(alias: string, cache: CacheDict): string {
  const secret = JSON.stringify(cache).includes('***') ? ', with your own in place of ***' : '';
  return `Write ${print({ CACHES: { [alias]: cache } })}${secret}.`;
}

function fromUrl(value: string | URL): LibraryOptions | undefined {
  const facts = factsIn(value);
  const isUrl = /^(redis|rediss|unix):\/\//.test(String(value));
  return isUrl ? { got: 'a URL', names: [], cache: cacheOf(facts) } : undefined;
}

function libraryOf(names: readonly string[]): string {
  return LIBRARIES.find(([, own]) => own.some((name) => names.includes(name)))?.[0] ?? 'ioredis';
}

function listed(names: readonly string[]): string {
  return names.length > 6 ? `${names.slice(0, 6).join(', ')}, ...` : names.join(', ');
}

function cacheOf(facts: LibraryFacts): CacheDict {
  const isMemory = facts.inMemory && facts.host === undefined && facts.port === undefined && !facts.sentinels && !facts.nodes;
  const options = isMemory ? {} : optionsOf(facts);
  return {
    BACKEND: isMemory ? 'locmem' : 'redis',
    ...(isMemory ? {} : { LOCATION: locationOf(facts) }),
    ...(facts.ttlMs === undefined ? {} : { TIMEOUT: timeoutOf(facts.ttlMs) }),
    ...(facts.keyPrefix ? { KEY_PREFIX: facts.keyPrefix } : {}),
    ...(Object.keys(options).length > 0 ? { OPTIONS: options } : {}),
  };
}

function timeoutOf(ttlMs: number): string | null {
  if (ttlMs === 0) return null;
  const ms = Math.max(1, Math.trunc(Math.min(ttlMs, Number.MAX_SAFE_INTEGER)));
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function locationOf({
  host = 'localhost',
  port,
  socketPath,
  database = 0,
  masterName,
  sentinels,
  nodes,
  data,
}: LibraryFacts): string {
  const list = (servers: readonly { host: string; port: number }[], other: string): string =>
    servers.length === 0 ? other : servers.map((server) => `${hostText(server.host)}:${server.port}`).join(',');
  if (sentinels) return `${masterNameText(masterName)}/${list(sentinels, 'host1:26379,host2:26379')}/${database}`;
  const scheme = data.tls ? 'rediss' : 'redis';
  if (nodes) return `${scheme}+cluster://${list(nodes, 'host1:6379,host2:6379')}`;
  if (socketPath !== undefined) return `unix://${socketPath}?db=${database}`;
  return `${scheme}://${hostText(host)}:${port ?? 6379}/${database}`;
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function masterNameText(name = 'mymaster'): string {
  return name.includes('/') ? 'mymaster' : name;
}

function optionsOf({ sentinels, data, sentinel }: LibraryFacts): CacheDict {
  const kwargs = { ...(data.hasUser ? { username: '***' } : {}), ...(sentinels && data.tls ? { ssl: true } : {}) };
  const towards = {
    ...(sentinel.hasUser ? { username: '***' } : {}),
    ...(sentinel.hasPassword ? { password: '***' } : {}),
    ...(sentinel.tls ? { ssl: true } : {}),
  };
  return {
    ...(sentinels ? { CLIENT_CLASS: 'sentinel' } : {}),
    ...(data.hasPassword ? { PASSWORD: '***' } : {}),
    ...(Object.keys(kwargs).length > 0 ? { CONNECTION_POOL_KWARGS: kwargs } : {}),
    ...(sentinels && Object.keys(towards).length > 0 ? { SENTINEL_KWARGS: towards } : {}),
  };
}

/** Prints a dict as a user writes it. Texts hold no quotes: they are made of checked parts. */
function print(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const items = Object.entries(value).map(([name, inner]) => `${/^\w+$/.test(name) ? name : `'${name}'`}: ${print(inner)}`);
  return `{ ${items.join(', ')} }`;
}
