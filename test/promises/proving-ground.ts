import { startLocalSentinel, type EventRecording, type LocalSentinel, type LocalSentinelOptions } from 'local-sentinel';
import {
  createCaches,
  type CacheEvent,
  type DjangoSettings,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';

import type { Accidents } from './accidents.js';
import type { PromiseTable } from './promise-table.js';
import { NEAR_TIER } from '../support/near-tier.js';

/** Not to be found in any log. */
export const PASSWORD = 'n0t-to-be-seen';
export const CLIENT_NAME = 'proving';
export const DEADLINE_MS = 500;

/** What every measurement is given. */
export interface Bench {
  readonly table: PromiseTable;
  readonly accidents: Accidents;
}

/** A line of the log, and when it came. */
export type LogLine = CacheEvent & { readonly atMs: number };

/** A cache, and what its log said. */
export interface Client {
  readonly caches: SentinelCaches;
  readonly cache: SentinelCache;
  readonly log: readonly LogLine[];
}

/** Real servers, and a client whose connection stands. */
export interface ProvingGround extends Client {
  readonly topology: LocalSentinel;
  readonly recording: EventRecording;
  stop(): Promise<void>;
}

/** How many runs, unless `RUNS` says otherwise. */
export function runsOf(usual: number): number {
  return Math.max(1, Math.round(Number(process.env.RUNS ?? usual)));
}

/** The dict of the Django recipe, with the hosts of this topology. */
export function settingsFor(
  topology: LocalSentinel,
  options: Record<string, unknown> = {},
  location = topology.location(),
): DjangoSettings {
  const OPTIONS = {
    PASSWORD,
    CLIENT_CLASS: 'django_sentinel.SentinelClient',
    clientName: CLIENT_NAME,
    deadline: `${DEADLINE_MS}ms`,
    ...NEAR_TIER,
    ...options,
  };
  return { CACHES: { default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: location, OPTIONS } } } as DjangoSettings;
}

/** Connects to nothing yet. */
export function openClient(settings: DjangoSettings, { accidents }: Bench): Client {
  const log: LogLine[] = [];
  const onEvent = (event: CacheEvent): void => {
    log.push({ ...event, atMs: performance.now() });
    accidents.lines.push(event.message);
  };
  const caches = createCaches(settings, { onEvent });
  return { caches, cache: caches.get(), log };
}

/** One primary, two replicas, three sentinels with `down-after-milliseconds 1000`; the connection stands when it returns. */
export async function startProvingGround(
  bench: Bench,
  { servers = {}, options = {} }: { servers?: LocalSentinelOptions; options?: Record<string, unknown> } = {},
): Promise<ProvingGround> {
  const topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: PASSWORD, downAfterMs: 1000, ...servers });
  const recording = await topology.recordEvents();
  const client = openClient(settingsFor(topology, options), bench);
  const stop = async (): Promise<void> => {
    await client.caches.close();
    recording.stop();
    await topology.stop();
  };
  try {
    await client.cache.set('warm', 1);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...client, topology, recording, stop };
}

/** Starts whatever does not run, resumes whatever hangs, and waits until nothing is in motion. */
export async function healed(topology: LocalSentinel): Promise<void> {
  for (const node of topology.nodes) if (node.isHung) await node.resume();
  await Promise.all(topology.nodes.filter((node) => !node.isRunning).map((node) => node.restart()));
  await topology.settled();
}
