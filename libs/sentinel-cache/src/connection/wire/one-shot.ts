import { Redis } from 'ioredis';

import type { HostResolver } from './host-resolver.js';
import { connectorWith } from './one-shot-connector.js';
import type { NodeAddress, TlsConfig } from '../../settings/shapes/resolved-connection.js';

/** Where a connection leads. */
export interface OneShotOptions {
  readonly address: NodeAddress;
  readonly hosts: HostResolver;
  readonly tls: TlsConfig | false;
}

/**
 * Creates an ioredis connection that connects once and never again. Discovery, queueing, deadlines, retries,
 * and writing and reading the protocol are ours: ioredis provides the socket. Switched off is
 * all that acts by itself: reconnect, offline queue, replay, greeting, ready check, output on the console.
 */
export function createOneShot({ address, hosts, tls }: OneShotOptions): Redis {
  const redis = new Redis({
    ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    ...(tls ? { tls: tlsOptions(tls, address) } : {}),
    // With RESP3 ioredis sends a greeting of its own.
    protocol: 2,
    Connector: connectorWith(hosts.lookup),
    // The caller has the deadline: it knows how far the attempt had come.
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
  // Without a listener ioredis prints the error.
  redis.on('error', ignoreHere);
  return redis;
}

/** Closes it now, without waiting for FIN, which a hung peer never answers. */
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

/** TLS allows names as server name, and no addresses. */
function serverName(name: string | undefined): Record<string, string> {
  return name !== undefined && !/^[\d.]+$|:/.test(name) ? { servername: name } : {};
}
