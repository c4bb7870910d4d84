/** One piece of work at a time for each key, in this process, in the order they came. */
export class KeyMutex {
  /** Keys of sessions: private to the language, so that no log shows them. */
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs the work when all earlier work of the key has ended, well or badly; gives back what it gives. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
