import { copyOfMade, type Made } from '../entry/get-or-set.js';
import type { FlightPatience } from '../entry/single-flight.js';
import { LoadRun } from './load-run.js';
import type { LoadCall } from './loads.js';

/** One caller that needs a value, and the run that it waits for: its own, or one that it joined. */
export class LoadCaller<T> implements FlightPatience {
  readonly limitMs: number | undefined;
  readonly isPatient: boolean;
  private readonly endsAtMs: number;
  private current: LoadRun | undefined;
  private isOwn = false;
  private hasLeft = false;

  /** @param run makes the value. */
  constructor(
    private readonly call: LoadCall<T>,
    private readonly run: (current: LoadRun) => Promise<Made<T>>,
  ) {
    const { hardMs } = call.plan;
    this.limitMs = hardMs;
    this.isPatient = hardMs !== undefined;
    this.endsAtMs = performance.now() + (hardMs ?? Infinity);
  }

  /** Whether the function of this caller runs. */
  get hasBegun(): boolean {
    return this.isOwn;
  }

  /** What is made and not stored yet; a copy where it is another caller's. Throws CodecError. */
  get newer(): { readonly value: T } | undefined {
    const made = this.current?.made as Made<T> | undefined;
    return made && { value: this.isOwn ? made.value : copyOfMade(this.call, made) };
  }

  readonly begin = async (letGo: () => void): Promise<Made<T>> => {
    const joined = this.current?.made as Made<T> | undefined;
    // It was made in time, and only storing it lasts.
    if (joined) return { ...joined, value: copyOfMade(this.call, joined) };
    this.isOwn = true;
    this.current = new LoadRun(this.call.space.alias, letGo);
    this.current.join();
    return this.run(this.current);
  };

  readonly isWanted = (): boolean => !this.hasLeft && performance.now() < this.endsAtMs;

  readonly onJoin = (): void => {
    this.current = this.call.loads.runs.get(this.call.key);
    this.current?.join();
  };

  /** It waits no longer: `aborted` by its own signal, or `answered` otherwise. */
  leave(how: 'answered' | 'aborted'): void {
    this.hasLeft = true;
    if (how === 'aborted') this.current?.leave(this.call.plan.signal?.reason);
    else this.current?.keep();
  }
}
