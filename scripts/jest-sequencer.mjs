/** The longest files first, so that no worker is left with one when the others have nothing to do. */
import { relative } from 'node:path';
import { root } from './run.mjs';
import { secondsOf } from './test-times.mjs';

export default class Sequencer {
  sort(tests) {
    const seconds = ({ path }) => secondsOf(relative(root, path));
    return tests.toSorted((a, b) => seconds(b) - seconds(a) || (a.path < b.path ? -1 : 1));
  }

  /** Jest's own sequencer remembers durations on this machine; ours are recorded in the repository. */
  cacheResults() {}
}
