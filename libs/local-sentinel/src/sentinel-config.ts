import { formatConfig, type Directive } from './config-file.js';
import { LOOPBACK } from './free-ports.js';

/** A sentinel as the others know it. */
export interface KnownSentinel {
  readonly port: number;
  /** 40 hexadecimal digits. */
  readonly id: string;
}

/** A master as all sentinels watch it. */
export interface WatchedMaster {
  readonly name: string;
  readonly primaryPort: number;
  readonly replicaPorts: readonly number[];
}

/** What decides the sentinel.conf of one sentinel. */
export interface SentinelConfig {
  readonly self: KnownSentinel;
  readonly others: readonly KnownSentinel[];
  readonly masters: readonly WatchedMaster[];
  readonly folder: string;
  readonly logFile: string;
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly password: string | undefined;
  readonly sentinelPassword: string | undefined;
}

function watch(master: WatchedMaster, config: SentinelConfig): Directive[] {
  const { name } = master;
  const directives: Directive[] = [
    ['sentinel', 'monitor', name, LOOPBACK, master.primaryPort, config.quorum],
    ['sentinel', 'down-after-milliseconds', name, config.downAfterMs],
    ['sentinel', 'failover-timeout', name, config.failoverTimeoutMs],
    ['sentinel', 'parallel-syncs', name, 1],
  ];
  if (config.password !== undefined) directives.push(['sentinel', 'auth-pass', name, config.password]);
  for (const port of master.replicaPorts) directives.push(['sentinel', 'known-replica', name, LOOPBACK, port]);
  for (const other of config.others) directives.push(['sentinel', 'known-sentinel', name, LOOPBACK, other.port, other.id]);
  return directives;
}

/**
 * The sentinel.conf of one sentinel. It says up front what sentinels otherwise find out from each other's greetings (every two seconds) and from the primary's
 * INFO, in the very words in which a sentinel writes it down itself; that is why a topology stands in well under two seconds.
 */
export function sentinelConfig(config: SentinelConfig): string {
  const directives: Directive[] = [
    ['bind', LOOPBACK],
    ['port', config.self.port],
    ['protected-mode', 'no'],
    ['dir', config.folder],
    ['logfile', config.logFile],
    ['sentinel', 'myid', config.self.id],
    ['sentinel', 'resolve-hostnames', 'yes'],
  ];
  if (config.sentinelPassword !== undefined) {
    directives.push(['requirepass', config.sentinelPassword], ['sentinel', 'sentinel-pass', config.sentinelPassword]);
  }
  return formatConfig([...directives, ...config.masters.flatMap((master) => watch(master, config))]);
}
