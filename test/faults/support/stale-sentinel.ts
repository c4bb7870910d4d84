import { startLocalSentinel, type LocalNode } from 'local-sentinel';

/** A real sentinel that no other sentinel knows and that hears of no failover: it names what it was told, for ever. */
export interface StaleSentinel {
  /** `host:port` of the sentinel. */
  readonly address: string;
  /** From now on it names this node as the primary of `mymaster`. */
  names(node: LocalNode): Promise<void>;
  stop(): Promise<void>;
}

/** It has no password for what it names, so it can't find out that it is wrong. */
export async function startStaleSentinel(): Promise<StaleSentinel> {
  const topology = await startLocalSentinel({ replicas: 0, sentinels: 1, aof: false });
  const sentinel = topology.sentinels[0]!;
  return {
    address: sentinel.address,
    names: async (node) => {
      await sentinel.command('SENTINEL', 'REMOVE', 'mymaster');
      // A quorum that it never has: it orders nothing.
      await sentinel.command('SENTINEL', 'MONITOR', 'mymaster', node.host, String(node.port), '9');
    },
    stop: () => topology.stop(),
  };
}
