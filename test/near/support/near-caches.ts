import type { LocalNode } from 'local-sentinel';
import { createCaches, type CacheEvent, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

import { until } from '../../cache/support/waiting.js';

/** Far less than `maxAge`, and more than a busy machine needs: what takes longer was not told. */
export const TOLD_WITHIN_MS = 10_000;
/** P16: nothing is served that the primary in use invalidated longer ago. */
export const BOUND_MS = 1500;

/** Caches with a near tier, and everything their log said. */
export interface NearCaches {
  readonly caches: SentinelCaches;
  readonly cache: SentinelCache;
  readonly log: CacheEvent[];
}

/** Opens one cache `default` with a near tier, KEY_PREFIX `app`; nothing is sent yet. */
export function openNear(LOCATION: unknown, options: Record<string, unknown> = {}, cache: object = {}): NearCaches {
  const log: CacheEvent[] = [];
  const OPTIONS = { SERIALIZER: 'json', deadline: 10_000, nearCache: { maxBytes: '16mb', maxAge: '1h' }, ...options };
  const setting = { BACKEND: 'redis', LOCATION, KEY_PREFIX: 'app', OPTIONS, ...cache };
  const caches = createCaches({ CACHES: { default: setting } } as never, { onEvent: (event) => log.push(event) });
  return { caches, cache: caches.get(), log };
}

/** The connections of a node on which it tells of changes, as CLIENT LIST has them. */
export async function linksOf(node: LocalNode): Promise<string[]> {
  const lines = String(await node.command('CLIENT', 'LIST')).split('\n');
  return lines.filter((line) => /flags=\w*B/.test(line));
}

/** Closes links from the side of the server. */
export async function killLinks(node: LocalNode, links: readonly string[]): Promise<void> {
  for (const link of links) await node.command('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(link)![1]!);
}

/** Reads a key until the near tier has it, and gives what it has to `onHit`. */
export async function untilNear({ caches, cache }: NearCaches, key: string, onHit?: (value: unknown) => void): Promise<void> {
  await until(`${key} is near`, async () => {
    const { hits } = caches.near()!;
    const value = await cache.get(key);
    if (caches.near()!.hits === hits) return false;
    onHit?.(value);
    return true;
  });
}

/** Whether the near tier answered this call. */
export async function isNear<T>({ caches }: NearCaches, call: () => Promise<T>): Promise<boolean> {
  const { hits } = caches.near()!;
  await call();
  return caches.near()!.hits > hits;
}

/** What the near tier serves now; undefined when it would ask. */
export async function servedNow({ caches, cache }: NearCaches, key: string): Promise<unknown> {
  const { hits } = caches.near()!;
  const reading = cache.get(key).catch(() => undefined);
  return caches.near()!.hits > hits ? reading : undefined;
}
