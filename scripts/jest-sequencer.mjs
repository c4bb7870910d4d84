/**
 * First the specs beside the sources, since they ask most of the processor, and what servers and frameworks leave behind in
 * a worker (hooks of promises) makes each promise slow. Then the longest files first, so that no worker is left with one
 * when the others have nothing to do.
 */
import { relative } from 'node:path';
import { root } from './run.mjs';
import { secondsOf } from './test-times.mjs';

export default class Sequencer {
  sort(tests) {
    const files = tests.map((test) => ({ test, path: relative(root, test.path) }));
    const rank = ({ path }) => (path.startsWith('libs/') ? 0 : 1);
    const sorted = files.toSorted(
      (a, b) => rank(a) - rank(b) || secondsOf(b.path) - secondsOf(a.path) || (a.path < b.path ? -1 : 1),
    );
    return sorted.map(({ test }) => test);
  }

  /** Jest's own sequencer remembers durations on this machine; ours are recorded in the repository. */
  cacheResults() {}
}
