import type { ExtraConfig } from './config-file.js';
import { LocalSentinelError } from '../errors/local-sentinel-error.js';

/** Options of every start. */
export interface CommonOptions {
  /** Password of the Redis nodes (`requirepass`, `masterauth`, `sentinel auth-pass`). Omitted: none. */
  readonly password?: string;
  /** Number of databases of each node. Default 16. */
  readonly databases?: number;
  /**
   * Extra redis.conf lines of every Redis node, written last. An array repeats the directive, as `user`
   * needs.
   */
  readonly redisConfig?: ExtraConfig;
  /**
   * ACL users of every Redis node beside `default`, one line each as redis.conf has them after the word
   * `user`, e.g. `app on >secret ~* &* +@all -@dangerous`.
   */
  readonly users?: readonly string[];
  /**
   * A TCP proxy in front of every node, whose address is the one that is announced: see `node.proxy` and
   * `partition()`. Default false.
   */
  readonly proxies?: boolean;
  /** Append-only file, fsync once a second, so that a restarted node has its data. Default true. */
  readonly aof?: boolean;
  /**
   * The server program. Default: `REDIS_SERVER_BIN`, else `redis-server` or `valkey-server` on PATH, else
   * Debian's `redis-check-rdb` under another name.
   */
  readonly redisServerBin?: string;
  /** Milliseconds within which everything has to stand. Default 15000. */
  readonly readyTimeoutMs?: number;
  /**
   * Gives the start up: everything already started is stopped, and the start rejects with the signal's
   * reason.
   */
  readonly signal?: AbortSignal;
}

/** One master that the sentinels watch. */
export interface MasterOptions {
  /** Name under which sentinels and clients know it. */
  readonly name: string;
  /** Number of its replicas. Default: the option `replicas` of the topology. */
  readonly replicas?: number;
}

/** Options of startLocalSentinel(); all may be omitted. */
export interface LocalSentinelOptions extends CommonOptions {
  /** Replicas of each master. Default 2. */
  readonly replicas?: number;
  /** Sentinels. Default 3. */
  readonly sentinels?: number;
  /** Sentinels that must agree that a master is down. Default: more than half of them. */
  readonly quorum?: number;
  /** Name of the one master. Default `mymaster`. */
  readonly masterName?: string;
  /** Several masters on the same sentinels, instead of `masterName`. */
  readonly masters?: readonly MasterOptions[];
  /** Password of the sentinels themselves. Omitted: none. */
  readonly sentinelPassword?: string;
  /** ACL users of every sentinel beside `default`, as {@link CommonOptions.users}. */
  readonly sentinelUsers?: readonly string[];
  /**
   * Which nodes clients reach by TLS only, with a certificate for `localhost` and `127.0.0.1` of an authority
   * made for this topology: see `ca`. The nodes among themselves go on in the clear. Brings
   * {@link CommonOptions.proxies} with it; needs the `openssl` program, Linux, and Redis 7 or later. Default:
   * none.
   */
  readonly tls?: 'redis' | 'sentinels' | 'both';
  /**
   * As behind a NAT: the addresses that the nodes announce work among the nodes only, clients are reset
   * there. `location()` has addresses that work; `natMap` translates. Brings {@link CommonOptions.proxies}
   * with it; needs Linux, and Redis 7 or later. Default false.
   */
  readonly nat?: boolean;
  /** Milliseconds of silence after which a sentinel takes a node for down. Default 1000. */
  readonly downAfterMs?: number;
  /** Sentinel's `failover-timeout` in milliseconds. Default 3000. */
  readonly failoverTimeoutMs?: number;
  /**
   * `SENTINEL DEBUG` parameters (Redis 7 or later) in milliseconds, given to every sentinel each time it
   * starts. With `{ 'info-period': 500, 'publish-period': 400, 'ping-period': 200 }` everything is settled
   * some three seconds after a failover instead of eleven; the times of a failover itself then differ from
   * production. Shorter than these, sentinels undo each other's promotions: four `publish-period` must
   * outlast the second that the leader takes to see its own, and an INFO older than three `info-period`
   * disqualifies a replica. Default: none.
   */
  readonly sentinelDebug?: Readonly<Record<string, number>>;
}

/** Options of startLocalRedis(); all may be omitted. */
export interface LocalRedisOptions extends CommonOptions {
  /** Plain replicas of the node, without sentinels. Default 0. */
  readonly replicas?: number;
  /** An ACL user with all rights and the same password, beside `default`. Omitted: none. */
  readonly username?: string;
  /** Listen on a socket file, too; see `unixUrl()`. Default false. */
  readonly unixSocket?: boolean;
}

/**
 * Options of startLocalCluster(); all may be omitted. A cluster has one database, and its nodes have no
 * proxies.
 */
export interface LocalClusterOptions extends Omit<CommonOptions, 'databases' | 'proxies'> {
  /**
   * Primaries, each with an equal share of the 16384 slots. At least 3, as Redis needs for a majority.
   * Default 3.
   */
  readonly primaries?: number;
  /** Replicas of each primary. Default 0. */
  readonly replicas?: number;
  /**
   * Milliseconds of silence after which the nodes take one of them for down (`cluster-node-timeout`). Default
   * 1000.
   */
  readonly nodeTimeoutMs?: number;
  /**
   * Clients and nodes speak TLS (`tls-cluster`), with a certificate of an authority made for this cluster:
   * see `ca`. Needs the `openssl` program, and Redis 7 or later. Default false.
   */
  readonly tls?: boolean;
}

/** {@link MasterOptions} with nothing left open. */
export interface MasterPlan {
  readonly name: string;
  readonly replicas: number;
}

function count(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new LocalSentinelError(
    'LOCAL_SENTINEL_INVALID_OPTION',
    `${name}: expected a whole number of at least ${least}, got ${String(value)}. Write ${least} or more.`,
  );
}

/** Checks what every start reads. */
function checkCommon({ databases = 16, readyTimeoutMs = 1 }: CommonOptions): void {
  count('databases', databases, 1);
  count('readyTimeoutMs', readyTimeoutMs, 1);
}

/**
 * Returns the number of replicas that the options ask for; throws `LOCAL_SENTINEL_INVALID_OPTION` on a wrong
 * number.
 */
export function planRedis(options: LocalRedisOptions): { readonly replicas: number } {
  checkCommon(options);
  return { replicas: count('replicas', options.replicas ?? 0, 0) };
}

/** {@link LocalClusterOptions} with nothing left open. */
export interface ClusterPlan {
  readonly primaries: number;
  readonly replicas: number;
  readonly nodeTimeoutMs: number;
}

/**
 * Returns the shape of the cluster that the options ask for; throws `LOCAL_SENTINEL_INVALID_OPTION` on a
 * wrong number.
 */
export function planCluster(options: LocalClusterOptions): ClusterPlan {
  checkCommon(options);
  return {
    primaries: count('primaries', options.primaries ?? 3, 3),
    replicas: count('replicas', options.replicas ?? 0, 0),
    nodeTimeoutMs: count('nodeTimeoutMs', options.nodeTimeoutMs ?? 1000, 100),
  };
}

/**
 * Returns the masters that the options ask for; throws `LOCAL_SENTINEL_INVALID_OPTION` on a wrong number, a
 * doubled name or a name that Sentinel would refuse.
 */
export function planMasters(options: LocalSentinelOptions): MasterPlan[] {
  const replicas = count('replicas', options.replicas ?? 2, 0);
  checkCommon(options);
  count('sentinels', options.sentinels ?? 3, 1);
  count('quorum', options.quorum ?? 1, 1);
  count('downAfterMs', options.downAfterMs ?? 1000, 1);
  count('failoverTimeoutMs', options.failoverTimeoutMs ?? 3000, 1);
  const masters = options.masters ?? [{ name: options.masterName ?? 'mymaster' }];
  const names = masters.map((master) => master.name);
  const wrong = names.find((name, index) => !/^[\w.-]+$/.test(name) || names.indexOf(name) !== index);
  if (wrong !== undefined || names.length === 0) {
    const got = wrong === undefined ? 'none' : JSON.stringify(wrong);
    throw new LocalSentinelError(
      'LOCAL_SENTINEL_INVALID_OPTION',
      `masters: expected different names of letters, digits and . - _, got ${got}. Name each master once.`,
    );
  }
  return masters.map((master) => ({
    name: master.name,
    replicas: count(`replicas of ${master.name}`, master.replicas ?? replicas, 0),
  }));
}
