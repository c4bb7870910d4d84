import { AsyncLocalStorage } from 'node:async_hooks';

/** One run of a piece of work per key at a time: whoever comes meanwhile gets the same outcome. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();
  /** The keys whose work is being done by the code that asks now. */
  private readonly within = new AsyncLocalStorage<ReadonlySet<string>>();

  /** Whether work on a key is under way. */
  has(key: string): boolean {
    return this.flights.has(key);
  }

  /**
   * Starts the work unless it is under way; says whether this caller is the one that started it.
   * Work that asks for its own key would wait for itself: it does its own.
   */
  join(key: string, work: () => Promise<T>): { readonly leads: boolean; readonly outcome: Promise<T> } {
    const outer = this.within.getStore();
    if (outer?.has(key)) return { leads: true, outcome: work() };
    const underWay = this.flights.get(key);
    if (underWay) return { leads: false, outcome: underWay };
    const outcome = this.within.run(new Set([...(outer ?? []), key]), work).finally(() => this.flights.delete(key));
    this.flights.set(key, outcome);
    return { leads: true, outcome };
  }
}
