import { AsyncLocalStorage } from 'node:async_hooks';

/** What stands after a handler, until its interceptors are done. */
export class HandlerCall<Plan> {
  private readonly after: (() => Promise<void>)[] = [];
  private isTaken = false;

  constructor(private readonly plan: Plan) {}

  /** Gives itself to the handler's own call, once: what the handler calls is not the handler. */
  take(plan: Plan): this | undefined {
    if (this.isTaken || plan !== this.plan) return undefined;
    this.isTaken = true;
    return this;
  }

  /** Adds what is to be done once all interceptors are. */
  add(work: () => Promise<void>): void {
    this.after.push(work);
  }

  /** Does what has been added. Rejects as the first that fails does; the others are done. */
  async finish(): Promise<void> {
    const all = await Promise.allSettled(this.after.splice(0).map((work) => work()));
    for (const one of all) if (one.status === 'rejected') throw one.reason;
  }
}

/** One run that makes an entry. */
interface Making {
  readonly entry: string;
  isOver: boolean;
}

interface Scope<Plan> {
  readonly making: readonly Making[];
  readonly handler: HandlerCall<Plan> | undefined;
}

/** What surrounds a call: entries that are being made, and the handler that Nest runs. */
export class CallScope<Plan> {
  private readonly storage = new AsyncLocalStorage<Scope<Plan>>();

  /** Whether this very entry is being made around this call, which is part of it. */
  isMaking(entry: string): boolean {
    return this.current.making.some((one) => one.entry === entry && !one.isOver);
  }

  /**
   * Runs what makes an entry. What it started and left running, such as a timer, is part of it until it has
   * settled, and no longer.
   */
  async making<T>(entry: string, run: () => Promise<T>): Promise<T> {
    const { making, handler } = this.current;
    const mine: Making = { entry, isOver: false };
    try {
      return await this.storage.run({ making: [...making.filter(({ isOver }) => !isOver), mine], handler }, run);
    } finally {
      mine.isOver = true;
    }
  }

  /** Runs a handler and the interceptors around it. */
  handling<T>(handler: HandlerCall<Plan>, run: () => T): T {
    return this.storage.run({ making: this.current.making, handler }, run);
  }

  /** The surrounding call of a handler when this is it, once. */
  takeHandler(plan: Plan): HandlerCall<Plan> | undefined {
    return this.storage.getStore()?.handler?.take(plan);
  }

  private get current(): Scope<Plan> {
    return this.storage.getStore() ?? { making: [], handler: undefined };
  }
}
