/** Counts the tests while they run, and prints a line for each file that is done. */
export class Progress {
  #total;
  #print;
  #done = { passed: 0, failed: 0, skipped: 0 };
  /** Of files that still run, what has come so far. */
  #running = new Map();
  #files = 0;
  /** Seconds of each file that is done. */
  seconds = {};
  /** What is wrong: failed tests in short, and the rest, one sentence each. */
  problems = [];
  ended = false;

  constructor(total, print = console.log) {
    this.#total = total;
    this.#print = print;
  }

  /** A message of scripts/jest-reporter.mjs. */
  heard(message) {
    if (message.type === 'test') this.#test(message);
    if (message.type === 'file') this.#file(message);
    if (message.type === 'end') this.ended = true;
  }

  /** Tests so far, those of unfinished files included: `{ passed, failed, skipped }`. */
  counts() {
    const counts = { ...this.#done };
    for (const { passed, failed } of this.#running.values()) {
      counts.passed += passed;
      counts.failed += failed;
    }
    return counts;
  }

  /** So many files are done. */
  get files() {
    return this.#files;
  }

  #test({ file, status }) {
    const counts = this.#running.get(file) ?? { passed: 0, failed: 0 };
    if (status === 'passed' || status === 'failed') counts[status] += 1;
    this.#running.set(file, counts);
  }

  #file({ file, passed, failed, skipped, unable, milliseconds, failure, failures, printed }) {
    this.#running.delete(file);
    this.#files += 1;
    this.seconds[file] = milliseconds / 1000;
    this.#done.passed += passed;
    this.#done.failed += failed + (unable ? 1 : 0);
    this.#done.skipped += skipped;
    if (unable) this.problems.push(`FAILED ${file} could not be run.`);
    for (const one of failures) this.problems.push(`FAILED ${file}: ${one}`);
    for (const text of printed) this.#print(text);
    const count = `${String(this.#files).padStart(String(this.#total).length)}/${this.#total}`;
    const outcome = failed > 0 || unable ? 'FAILED' : 'ok';
    const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
    this.#print(`${count}  ${outcome.padEnd(6)}  ${seconds.padStart(7)}  ${file}: ${passed} passed, ${failed} failed`);
    if (failure) this.#print(failure.trimEnd());
  }
}
