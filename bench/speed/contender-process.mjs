/** A contender seen from the bench: its process, started when it is asked, killed when it does not answer, and given up when it dies twice. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('contender.mjs', import.meta.url));
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5000;
const STARTS = 2;

const unheard = () => undefined;

export class ContenderProcess {
  #child;
  #starts = 0;
  #why;
  #told = '';

  /**
   * `set` and `name` say which of contenders.mjs; `at`: where Redis is; `endsAt`: the moment after which it is asked nothing more;
   * `profileFolder`: where to write a profile of it, if anywhere.
   */
  constructor({ set, name, at, endsAt, profileFolder }) {
    this.name = name;
    this.set = set;
    this.at = at;
    this.endsAt = endsAt;
    this.profileFolder = profileFolder;
    this.prepared = new Set();
  }

  /** Begins the name of each key of its own. No blank in it: memcached could not store one, and ours says so. */
  prefixOf(value) {
    return `${this.set}:${this.name}:${value}:`.toLowerCase().replaceAll(/[^\w:]/g, '');
  }

  /** Stores what loops read, once for each value. */
  async prepare(value, keys) {
    if (this.prepared.has(value)) return {};
    const answer = await this.ask({ task: 'prepare', prefix: this.prefixOf(value), value, keys });
    if (!answer.failed) this.prepared.add(value);
    return answer;
  }

  /** `{ result }`, or `{ failed: why }`; never rejects. */
  async ask(task, limitMs = START_LIMIT_MS) {
    if (Date.now() > this.endsAt) return { failed: 'time was up' };
    if (!this.#child && !(await this.#start())) return { failed: this.#why };
    // What can't be sent is not answered, and that is told below.
    this.#child.send(task, unheard);
    return this.#answer(limitMs);
  }

  async stop() {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    // A profile is written at a regular end, for which a client that hangs gets no more time than this.
    const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(limit);
  }

  async #start() {
    if (this.#starts === STARTS) return false;
    this.#starts += 1;
    const child = fork(SCRIPT, [this.set, this.name, JSON.stringify(this.at), this.profileFolder ?? ''], {
      env: { ...process.env, NODE_ENV: 'production' },
      // valkey-glide writes its log to both.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#told = '';
    child.on('error', unheard).once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.stderr.on('data', (chunk) => (this.#told = `${this.#told}${chunk}`.slice(-2000)));
    return !(await this.#answer(START_LIMIT_MS)).failed;
  }

  async #answer(mostMs) {
    const child = this.#child;
    const limitMs = Math.max(0, Math.min(mostMs, this.endsAt - Date.now()));
    const answer = await new Promise((resolve) => {
      const limit = setTimeout(() => done({ failed: `no answer within ${Math.round(limitMs / 1000)} s`, ended: true }), limitMs);
      const exit = (code, signal) =>
        done({ failed: lastError(this.#told) ?? `its process ended (${signal ?? code})`, ended: true });
      const done = (what) => {
        clearTimeout(limit);
        child.off('message', done).off('exit', exit);
        resolve(what);
      };
      child.on('message', done).on('exit', exit);
    });
    if (!answer.ended) return answer;
    this.#why = answer.failed;
    await this.stop();
    return { failed: answer.failed };
  }
}

/** The sentence that Node printed when it died. */
function lastError(text) {
  return text
    .split('\n')
    .find((line) => /^\w*Error\b/.test(line))
    ?.slice(0, 200);
}
