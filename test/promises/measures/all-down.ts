import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from '@jest/globals';
import type { SentinelCache } from 'nestjs-sentinel-cache';

import { percentile } from '../promise-table.js';
import { startProvingGround, type Bench } from '../proving-ground.js';

const CALLS = 1_000_000;
const PER_TURN = 1000;
/** A slow machine gets as far as it gets. */
const WITHIN_MS = 18_000;

/** Jest runs without `--expose-gc`. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

interface Storm {
  readonly calls: number;
  readonly seconds: number;
  readonly reasons: Map<string, number>;
  /** How long a call took that was told at once. */
  readonly atOnceMs: number[];
}

/** Writes as fast as they are refused. */
async function storm(cache: SentinelCache): Promise<Storm> {
  const reasons = new Map<string, number>();
  const startedAtMs = performance.now();
  const value = 'x'.repeat(100);
  const atOnceMs: number[] = [];
  let [calls, settled] = [0, 0];
  const write = async (): Promise<string> => {
    calls += 1;
    const reason = await cache.set(`k${calls}`, value).then(
      () => 'acknowledged',
      (error: { reason?: string }) => String(error.reason),
    );
    settled += 1;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reason;
  };
  for (; calls < CALLS && performance.now() - startedAtMs < WITHIN_MS; await turn()) {
    for (let i = 0; i < PER_TURN; i += 1) void write();
    // Alone in its turn: what the others of a turn cost each other is this test's doing.
    await turn();
    const beganAtMs = performance.now();
    const reason = await write();
    if (reason === 'queue-full' || reason === 'breaker-open') atOnceMs.push(performance.now() - beganAtMs);
  }
  while (settled < calls) await turn();
  return { calls, seconds: (performance.now() - startedAtMs) / 1000, reasons, atOnceMs };
}

/** P9. */
export function describeAllDown(bench: Bench): void {
  describe.each([
    { name: 'without the breaker', options: { circuitBreaker: false }, reason: 'queue-full' },
    { name: 'with the breaker', options: { circuitBreaker: true }, reason: 'breaker-open' },
  ])('P9: all of Redis down, $name', ({ name, options, reason }) => {
    it(`P9: as many writes as 18 s hold, a million at most, leave no memory behind, and are refused within a millisecond`, async () => {
      const at = await startProvingGround(bench, { options });
      try {
        await Promise.all(at.topology.master().nodes.map((node) => node.kill()));
        const before = heapMb();
        const { calls, seconds, reasons, atOnceMs } = await storm(at.cache);
        const grownMb = heapMb() - before;
        const p99 = percentile(atOnceMs, 0.99);
        const told = [...reasons].map(([told, times]) => `${told} ${times}`).join(', ');
        const about = `all down, ${name}`;
        bench.table.add({
          promise: 'P9',
          about: `${about}: ${calls} writes in ${seconds.toFixed(0)} s`,
          figures: told,
          limit: '-',
          runs: 1,
        });
        bench.table.add({
          promise: 'P9',
          about: `${about}: heap after it, MB`,
          figures: `+${grownMb.toFixed(1)}`,
          limit: '+10',
          runs: 1,
        });
        bench.table.add({
          promise: 'P9',
          about: `${about}: p99 of a refusal (${reason}), ms`,
          figures: p99.toFixed(3),
          limit: '1',
          runs: 1,
        });
        expect(reasons.get(reason)).toBeGreaterThan(calls / 2);
        expect(grownMb).toBeLessThanOrEqual(10);
        expect(p99).toBeLessThanOrEqual(1);
      } finally {
        await at.stop();
      }
    });
  });
}
