import { MODULE_OPTIONS } from '../shapes/module-options.js';

const ADDRESS = "Write it into LOCATION: 'redis://host:6379/0'.";
const SENTINELS = "Write them into LOCATION: 'mymaster/host1:26379,host2:26379/0', with OPTIONS: { CLIENT_CLASS: 'sentinel' }.";
const RECONNECTS = 'Leave it out: connections come back by themselves, and OPTIONS.deadline bounds each call.';
const SECOND = (name: string): string =>
  `Give it beside the settings: forRoot(settings, { ${name} }), or forRootAsync({ useFactory, ${name} }).`;
const ASYNC = 'That belongs to SentinelCacheModule.forRootAsync({ ... }), whose useFactory returns settings.';

const ALIASES = 'Leave it out: every alias of CACHES can be injected. Only forRootAsync({ ... }) takes it.';

/**
 * What to write for a name of another library, or of the module, that stands where a name of Django belongs.
 */
const REMEDIES: Readonly<Record<string, string>> = Object.freeze({
  ...each(['host', 'hostname', 'port', 'url', 'uri', 'redisUrl', 'connectionString', 'socket', 'path'], ADDRESS),
  ...each(['db', 'database'], "Write it as the end of LOCATION: 'redis://host:6379/0'."),
  ...each(['sentinels', 'sentinelRootNodes', 'sentinelNodes'], SENTINELS),
  ...each(['name', 'masterName', 'group'], "Write the master's name as the start of LOCATION: 'mymaster/host:26379/0'."),
  ...each(
    ['nodes', 'rootNodes', 'startupNodes', 'clusterNodes'],
    "Write them into LOCATION: 'redis+cluster://host:6379,host:6379'.",
  ),
  ...each(['password', 'pass', 'auth_pass'], 'Write OPTIONS: { PASSWORD }.'),
  ...each(['username', 'user'], 'Write OPTIONS: { CONNECTION_POOL_KWARGS: { username } }.'),
  ...each(['sentinelPassword', 'sentinelUsername'], 'Write OPTIONS: { SENTINEL_KWARGS: { username, password } }.'),
  ...each(['tls', 'ssl'], 'Write rediss:// in LOCATION, or OPTIONS: { CONNECTION_POOL_KWARGS: { ssl: true } }.'),
  ...each(['keyPrefix', 'prefix', 'namespace'], 'Write KEY_PREFIX.'),
  ttl: "Write TIMEOUT, in seconds or as text: '60s'.",
  max: 'Write MAX_ENTRIES; it bounds locmem alone.',
  ...each(['store', 'stores', 'primary', 'secondary', 'adapter'], 'BACKEND and LOCATION say where entries are kept: write them.'),
  connectTimeout: 'Write OPTIONS: { SOCKET_CONNECT_TIMEOUT }, in seconds.',
  commandTimeout: "Write OPTIONS: { deadline: '500ms' }.",
  connectionName: 'Write OPTIONS: { clientName }.',
  ...each(
    [
      'retryStrategy',
      'sentinelRetryStrategy',
      'reconnectStrategy',
      'reconnectOnError',
      'maxRetriesPerRequest',
      'enableReadyCheck',
    ],
    RECONNECTS,
  ),
  ...each(['enableOfflineQueue', 'disableOfflineQueue', 'lazyConnect', 'autoResubscribe', 'keepAlive'], RECONNECTS),
  ...Object.fromEntries(MODULE_OPTIONS.map((name) => [name, SECOND(name)])),
  aliases: ALIASES,
  ...each(['useFactory', 'useClass', 'useExisting', 'inject', 'imports'], ASYNC),
});

/** What to write for a name that belongs elsewhere; undefined for one that nobody knows. */
export function remedyForElsewhere(name: string): string | undefined {
  return Object.hasOwn(REMEDIES, name) ? REMEDIES[name] : undefined;
}

function each(names: readonly string[], remedy: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, remedy]));
}
