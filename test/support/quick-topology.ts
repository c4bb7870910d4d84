import { startLocalSentinel, type LocalSentinel, type LocalSentinelOptions } from 'local-sentinel';

/**
 * `SENTINEL DEBUG` periods in milliseconds: an old primary is a replica after two seconds instead of ten, and several faults can share one
 * topology. Not shorter: sentinels that announce themselves (`publish-period`) faster than a promotion is agreed on spread the old
 * configuration, and undo it. Four of these periods have to outlast the second that the leader takes to see its own promotion.
 */
export const QUICK_SENTINELS = { 'info-period': 500, 'publish-period': 400, 'ping-period': 200 };

/** The same for faults that hang sentinels: one that was hung distrusts its clock for half a minute; here for a second. */
export const QUICK_AFTER_HANGS = { ...QUICK_SENTINELS, 'ask-period': 250, 'tilt-period': 1000 };

/** One primary, two replicas, three quick sentinels, with the password of the pasted settings. */
export function startQuickTopology(options: LocalSentinelOptions = {}): Promise<LocalSentinel> {
  return startLocalSentinel({
    replicas: 2,
    sentinels: 3,
    password: 'admin',
    downAfterMs: 1000,
    sentinelDebug: QUICK_SENTINELS,
    ...options,
  });
}
