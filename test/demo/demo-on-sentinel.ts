import type { LocalSentinel, LocalSentinelOptions } from 'local-sentinel';

import type { Platform } from '../../apps/demo/src/command-line.js';
import { startQuickTopology } from '../support/quick-topology.js';
import { RunningDemo, settingsFor } from './running-demo.js';

/** A demo on a real topology of its own. */
export interface DemoOnSentinel {
  readonly topology: LocalSentinel;
  readonly demo: RunningDemo;
  stop(): Promise<void>;
}

/** Starts both; a write has gone through when it returns. */
export async function startDemoOnSentinel(platform: Platform, options: LocalSentinelOptions = {}): Promise<DemoOnSentinel> {
  const topology = await startQuickTopology(options);
  const demo = await RunningDemo.start(platform, settingsFor(topology), topology);
  await demo.healthy();
  const stop = async (): Promise<void> => {
    await demo.close();
    await topology.stop();
  };
  return { topology, demo, stop };
}
