import { Redis } from 'ioredis';

import type { Credentials, NodeAddress, TlsConfig } from '../settings/resolved-settings.js';
import type { HostResolver } from './host-resolver.js';
import { connectorWith } from './one-shot-connector.js';

/**
 * An ioredis connection that connects once and never again.
 *
 * Discovery, queueing, deadlines and retries are ours (gate, lease, watcher); of ioredis we want the socket, the protocol and
 * nothing that acts by itself: no reconnect, no offline queue, no replay, no ready check, no CLIENT SETINFO, no words on the console.
 */
export function createOneShot(options: {
  readonly address: NodeAddress;
  readonly hosts: HostResolver;
  readonly tls: TlsConfig | false;
  /** 2 for data (its replies cost less to read); 3 where pushes and questions share one socket. */
  readonly protocol: 2 | 3;
  /** Only for protocol 3, whose greeting ioredis sends; for protocol 2 the greeting is ours. */
  readonly credentials?: Credentials;
}): Redis {
  const { address, tls, credentials } = options;
  const redis = new Redis({
    ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    ...(tls ? { tls: tlsOptions(tls, address) } : {}),
    ...(credentials?.username ? { username: credentials.username } : {}),
    ...(credentials?.password ? { password: credentials.password } : {}),
    protocol: options.protocol,
    // Its numbers are inexact past 2^53; the lease makes exact ones of the text.
    stringNumbers: options.protocol === 2,
    Connector: connectorWith(options.hosts.lookup),
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

/** Whether the TCP connection stands right now, whatever the TLS above it does. */
export function isReached(redis: Redis): boolean {
  const stream = redis.stream as typeof redis.stream | undefined | null;
  return stream !== undefined && stream !== null && !stream.connecting && !stream.destroyed;
}

/** The address at the other end of the socket; null when there is none. */
export function remoteOf(redis: Redis): { readonly host: string; readonly port: number } | null {
  const { remoteAddress, remotePort } = redis.stream;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return { host: remoteAddress.replace(/^::ffff:/, ''), port: remotePort };
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
