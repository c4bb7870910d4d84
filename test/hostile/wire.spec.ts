import { randomInt } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { malformed, ofACluster, wrongShape, type HostileReply, type Random } from './support/frames.js';
import type { Role } from './support/scripted-server.js';
import { fuzz, type FuzzReport, type Shares } from './support/wire-fuzz.js';

/** The same replies at each run, and others at each run; HOSTILE_SEED asks for those of a run that failed. */
const SEEDS = process.env.HOSTILE_SEED ? [Number(process.env.HOSTILE_SEED)] : [20_240_229, randomInt(2 ** 31)];
/** What the process may take, a reply of a million fields and what came before it included. */
const MOST_MB = 1000;
const LIMIT_MS = 180_000;

let library: Transpiled;
beforeAll(async () => {
  library = await transpile('sentinel-cache');
}, 60_000);
afterAll(async () => {
  await library.remove();
});

/** 5000 replies over both seeds and both kinds. */
const SHAPES: Shares = {
  data: { lanes: 16, replies: 500 },
  sentinel: { lanes: 4, replies: 200 },
  cluster: { lanes: 6, replies: 300 },
};
const FRAMES: Shares = {
  data: { lanes: 20, replies: 800 },
  sentinel: { lanes: 6, replies: 400 },
  cluster: { lanes: 6, replies: 300 },
};

function judge(report: FuzzReport, seed: number, shares: Shares): void {
  const { accidents, ended, late, wrong, notHealed, ...figures } = report;
  process.stdout.write(
    `HOSTILE_SEED=${seed} ${JSON.stringify({ ...figures, accidents: accidents.length, ended: ended.length })}\n`,
  );
  expect({ accidents, ended, late, wrong, notHealed }).toEqual({ accidents: [], ended: [], late: [], wrong: [], notHealed: [] });
  for (const role of ['data', 'sentinel', 'cluster'] as const)
    expect(report.replies[role]).toBeGreaterThanOrEqual(shares[role].replies);
  expect(report.peakRssMb).toBeLessThan(MOST_MB);
}

function besides(plain: (random: Random) => HostileReply) {
  return (random: Random, port: number, role: Role): HostileReply =>
    role === 'cluster' && random(2) === 0 ? ofACluster(random, port) : plain(random);
}

describe.each(SEEDS)('a server whose replies are of another shape than what was asked for (seed %i)', (seed) => {
  it(
    'ends no process, keeps no call and no place in the gate, and is used again when it is well',
    async () => judge(await fuzz(library, { seed, shares: SHAPES, make: besides(wrongShape) }), seed, SHAPES),
    LIMIT_MS,
  );
});

describe.each(SEEDS)('a server whose bytes are no replies (seed %i)', (seed) => {
  it(
    'ends no process, keeps no call and no place in the gate, and is used again when it is well',
    async () => judge(await fuzz(library, { seed, shares: FRAMES, make: besides(malformed) }), seed, FRAMES),
    LIMIT_MS,
  );
});
