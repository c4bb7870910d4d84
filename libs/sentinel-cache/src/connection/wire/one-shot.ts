import { Redis } from 'ioredis';

import type { HostResolver } from './host-resolver.js';
import { connectorWith } from './one-shot-connector.js';
import type { NodeAddress, TlsConfig } from '../../settings/shapes/resolved-connection.js';

/** Where a connection leads, and how. */
export interface OneShotOptions {
  readonly address: NodeAddress;
  readonly hosts: HostResolver;
  readonly tls: TlsConfig | false;
}

/**
 * An ioredis connection that connects once and never again.
 *
 * Discovery, queueing, deadlines, retries and the reading of replies are ours; of ioredis we want the socket, the written commands and
 * nothing that acts by itself: no reconnect, no offline queue, no replay, no greeting, no ready check, no words on the console.
 */
export function createOneShot({ address, hosts, tls }: OneShotOptions): Redis {
  const redis = new Redis({
    ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    ...(tls ? { tls: tlsOptions(tls, address) } : {}),
    // With RESP3 ioredis sends a greeting of its own.
    protocol: 2,
    Connector: connectorWith(hosts.lookup),
    // Deadlines are the caller's: he knows how far the attempt had come.
    connectTimeout: 0,
    disconnectTimeout: 1,
    lazyConnect: true,
    retryStrategy: null as unknown as () => null,
    reconnectOnError: null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    disableClientInfo: true,
  });
  // Without a listener ioredis prints; those who care listen too.
  redis.on('error', ignoreHere);
  return redis;
}

/** Ends it now: no FIN-and-wait, which a hung peer would never answer. */
export function destroyOneShot(redis: Redis): void {
  redis.disconnect();
  redis.stream?.destroy();
}

function ignoreHere(): void {
  // The close that follows carries the news.
}

function tlsOptions(tls: TlsConfig, address: NodeAddress): Record<string, unknown> {
  const host = 'path' in address ? undefined : address.host;
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    rejectUnauthorized: tls.rejectUnauthorized,
    minVersion: tls.minVersion,
    ...(tls.checkHostname ? {} : { checkServerIdentity: () => undefined }),
    ...serverName(tls.servername ?? host),
  };
}

/** TLS' server name must be a name: addresses are left out. */
function serverName(name: string | undefined): Record<string, string> {
  return name !== undefined && !/^[\d.]+$|:/.test(name) ? { servername: name } : {};
}
