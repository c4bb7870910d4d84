import type { NatMap } from './cache-options-setting.js';
/** What a Redis client is built from. Caches with equal connections share one client. */
export interface ConnectionConfig {
  readonly topology: TopologyConfig;
  /** Of the data nodes. */
  readonly credentials: Credentials;
  /** TLS to the data nodes; false: none. */
  readonly tls: TlsConfig | false;
  /** Number of the database. */
  readonly database: number;
  /** OPTIONS.deadline or SOCKET_TIMEOUT: bounds each call, queueing included. */
  readonly callDeadlineMs: number;
  /** SOCKET_CONNECT_TIMEOUT: bounds each connection attempt, handshake and proof of the role included. */
  readonly connectDeadlineMs: number;
  /** CONNECTION_POOL_KWARGS.max_connections: most sockets to one node. */
  readonly maxSocketsPerNode: number;
  readonly gate: GateConfig;
  /** Number of failures in a row, each the lack of any answer, that open the circuit breaker. */
  readonly breakerFailures: number;
  /**
   * OPTIONS.coalesce: which reads of one turn of the event loop are asked together. `slot`: those of keys in
   * one slot of a cluster.
   */
  readonly coalesce: 'any' | 'slot' | 'off';
  /** Name for CLIENT SETNAME; empty: none. */
  readonly clientName: string;
}

/** OPTIONS.gate: how much may wait. A call beyond both bounds is rejected at once. */
export interface GateConfig {
  /** Calls that may wait for a connection. */
  readonly queuedCommands: number;
  /** Their bytes. */
  readonly queuedBytes: number;
  /** Calls that may wait for their replies. */
  readonly inFlightCommands: number;
  /** Their bytes. */
  readonly inFlightBytes: number;
}

/** How the servers of a deployment are found. */
export type TopologyConfig = StandaloneTopologyConfig | SentinelTopologyConfig | ClusterTopologyConfig;

/** A TCP address. Sentinels and cluster nodes have no other. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** A node by TCP address or by Unix socket. */
export type NodeAddress = TcpAddress | { readonly path: string };

/** Servers that LOCATION names. */
export interface StandaloneTopologyConfig {
  readonly kind: 'standalone';
  readonly primary: NodeAddress;
  /** The other servers of a LOCATION list: they answer reads. */
  readonly replicas: readonly NodeAddress[];
}

/** Servers that Redis Sentinel names. */
export interface SentinelTopologyConfig {
  readonly kind: 'sentinel';
  /** The master's name as written: case is kept (Django lower-cases it). */
  readonly masterName: string;
  /** The sentinels that the settings name; the others are found through them. */
  readonly sentinels: readonly TcpAddress[];
  readonly sentinelCredentials: Credentials;
  /** TLS to the sentinels; false: none. */
  readonly sentinelTls: TlsConfig | false;
  /** Bounds each question to a sentinel. */
  readonly sentinelDeadlineMs: number;
  /** `replica`: reads go to a replica, and to the primary when no replica can answer. */
  readonly readsFrom: 'primary' | 'replica';
  /** Whether writes are refused: LOCATION is a single `?is_master=0` URL. */
  readonly readOnly: boolean;
  /** How many other sentinels a sentinel must know for its answer to count (min_other_sentinels). */
  readonly minOtherSentinels: number;
  /** OPTIONS.natMap. Undefined: sentinels name addresses that this host reaches. */
  readonly natMap: NatMap | undefined;
  /** OPTIONS.eagerFailover: follow a planned failover before it is announced. */
  readonly eagerFailover: boolean;
}

/** Nodes of a Redis Cluster. */
export interface ClusterTopologyConfig {
  readonly kind: 'cluster';
  /** Some of the nodes, primaries or replicas. One that answers is enough to find the others. */
  readonly nodes: readonly TcpAddress[];
  /** OPTIONS.natMap. Undefined: nodes name addresses that this host reaches. */
  readonly natMap: NatMap | undefined;
}

/** A user name and a password; each empty when there is none. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Arguments of `tls.connect`; files are read already. */
export interface TlsConfig {
  /** Certificate authorities to trust, as PEM text. Undefined: those of Node. */
  readonly ca: string | readonly string[] | undefined;
  /** The client's certificate, as PEM text. */
  readonly cert: string | undefined;
  /** The key of the client's certificate, as PEM text. */
  readonly key: string | undefined;
  /** Passphrase of the key. */
  readonly passphrase: string | undefined;
  /** Whether the server's certificate is checked. */
  readonly rejectUnauthorized: boolean;
  /** Whether the server's certificate must name the host. */
  readonly checkHostname: boolean;
  /** The host name to ask for and to check. Undefined: the host of the connection. */
  readonly servername: string | undefined;
  /** The oldest version to accept. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}
