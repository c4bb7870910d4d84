/**
 * P1 to P15 in figures, as one table at the end. Strict limits in milliseconds stand here and nowhere else: run it on a quiet machine.
 *
 * P16 (the near tier never serves a value older than 1.5 s past its invalidation) is in `test/near/`, which has no tighter limit.
 *
 *   RUNS=3 npm run test:promises       so many runs of each
 *   npm run test:promises -- -t P7     one promise
 */
import { afterAll, beforeAll } from '@jest/globals';

import { Accidents } from './accidents.js';
import { describeAccidentFree } from './measures/accident-free.js';
import { describeAllDown } from './measures/all-down.js';
import { describeBeginningAndEnd } from './measures/beginning-and-end.js';
import { describeConnections } from './measures/connections.js';
import { describeHungRedis } from './measures/hung-redis.js';
import { describeLostReplies } from './measures/lost-replies.js';
import { describeOutages } from './measures/outages.js';
import { describePrimaryGone } from './measures/primary-gone.js';
import { PromiseTable } from './promise-table.js';
import type { Bench } from './proving-ground.js';

const bench: Bench = { table: new PromiseTable(), accidents: new Accidents() };

beforeAll(() => bench.accidents.start());
afterAll(() => {
  bench.accidents.stop();
  process.stdout.write(`\n${bench.table.text()}\n`);
});

describePrimaryGone(bench);
describeOutages(bench);
describeHungRedis(bench);
describeLostReplies(bench);
describeAllDown(bench);
describeConnections(bench);
describeBeginningAndEnd(bench);
describeAccidentFree(bench);
