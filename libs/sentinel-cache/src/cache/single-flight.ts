/** One run of a piece of work per key at a time: whoever comes meanwhile gets the same outcome. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  /** Starts the work unless it is under way; says whether this caller is the one that started it. */
  join(key: string, work: () => Promise<T>): { readonly leads: boolean; readonly outcome: Promise<T> } {
    const underWay = this.flights.get(key);
    if (underWay) return { leads: false, outcome: underWay };
    const outcome = work().finally(() => this.flights.delete(key));
    this.flights.set(key, outcome);
    return { leads: true, outcome };
  }
}
