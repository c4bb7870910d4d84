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

/** The handler that Nest runs around a call. */
export class CallScope<Plan> {
  private readonly storage = new AsyncLocalStorage<HandlerCall<Plan>>();

  /** Runs a handler and the interceptors around it. */
  handling<T>(handler: HandlerCall<Plan>, run: () => T): T {
    return this.storage.run(handler, run);
  }

  /** The surrounding call of a handler when this is it, once. */
  takeHandler(plan: Plan): HandlerCall<Plan> | undefined {
    return this.storage.getStore()?.take(plan);
  }
}
