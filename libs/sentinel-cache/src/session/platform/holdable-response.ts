import type { ServerResponse } from 'node:http';

import type { HoldableResponse, Unheld } from './held-response.js';

/**
 * Makes a response holdable, or all those whose prototype is `target`. Once on the prototype that costs a
 * response next to nothing: with functions of its own each response would have a shape of its own in V8,
 * which takes microseconds.
 */
export function makeHoldable(target: HoldableResponse): void {
  if ('sessionUnheld' in target) return;
  const { writeHead, write, end, flushHeaders } = target;
  const unheld: Unheld = { writeHead, write, end, flushHeaders, headersSent: getterOf(target, 'headersSent') };
  // Each reads one property of the response: V8 sees many shapes of responses by now, so that a read is slow.
  const holding: Record<keyof Unheld | 'sessionUnheld', PropertyDescriptor & ThisType<HoldableResponse>> = {
    sessionUnheld: { value: unheld },
    writeHead: method(function (...args) {
      const hold = this.sessionHold;
      return hold ? hold.writeHead(args) : unheld.writeHead.apply(this, args as never[]);
    }),
    write: method(function (...args) {
      const hold = this.sessionHold;
      return hold ? hold.write(args) : unheld.write.apply(this, args as never[]);
    }),
    end: method(function (...args) {
      const hold = this.sessionHold;
      return hold ? hold.end(args) : unheld.end.apply(this, args as never[]);
    }),
    flushHeaders: method(function () {
      const hold = this.sessionHold;
      if (hold) hold.flushHeaders();
      else unheld.flushHeaders.apply(this);
    }),
    // What the response itself says, unless it is held.
    headersSent: {
      configurable: true,
      get() {
        return this.sessionHold?.isBegun === true || unheld.headersSent.call(this);
      },
    },
  };
  Object.defineProperties(target, holding);
}

function method(value: (this: HoldableResponse, ...args: unknown[]) => unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true };
}

/** The inherited getter: Node's own. */
function getterOf(target: object, name: string): (this: ServerResponse) => boolean {
  for (let holder: object | null = target; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    const get = Object.getOwnPropertyDescriptor(holder, name)?.get;
    if (get) return get as (this: ServerResponse) => boolean;
  }
  return () => false;
}
