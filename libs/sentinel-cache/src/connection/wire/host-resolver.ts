import { ADDRCONFIG, lookup as systemLookup } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

import { decideLookup, FIRST_ANSWER_MS, LAST_GOOD_WAIT_MS, type ResolvedHost } from './lookup-decision.js';

/** An address of a host name. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** How many names are remembered; a deployment has a handful. */
const REMEMBERED_NAMES = 64;

/**
 * Host names to addresses, for our sockets alone.
 *
 * - The system's resolver (hosts file, search domains), all families; Node tries the addresses in turn.
 * - One question per name at a time, however many sockets wait for it: a hung name server holds one thread, not all four.
 * - A fresh answer is kept for a second. An old one is used when no new one comes soon; without any, a second is all it may take.
 */
export class HostResolver {
  private readonly known = new Map<string, ResolvedHost<readonly HostAddress[]>>();
  private readonly asking = new Map<string, Promise<readonly HostAddress[]>>();

  constructor(
    private readonly ask: (name: string) => Promise<readonly HostAddress[]> = (name) =>
      lookupAll(name, { all: true, hints: ADDRCONFIG }),
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** The addresses of a name. Rejects with the resolver's error, or with `EAI_AGAIN` after a second. */
  async resolve(name: string): Promise<readonly HostAddress[]> {
    const known = this.known.get(name);
    const decision = decideLookup(known, this.nowMs());
    if (decision === 'use') return known!.addresses;
    const fresh = this.refresh(name);
    if (decision === 'ask') return within(FIRST_ANSWER_MS, name, fresh);
    return within(LAST_GOOD_WAIT_MS, name, fresh).catch(() => known!.addresses);
  }

  /** The same in the shape of `net.connect`'s option. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    // Not our kind of question: the system answers it as always.
    if (!options.all) return systemLookup(name, options, callback);
    this.resolve(name).then(
      (addresses) => process.nextTick(callback, null, [...addresses]),
      (error: unknown) => process.nextTick(callback, error, []),
    );
  };

  private refresh(name: string): Promise<readonly HostAddress[]> {
    let asking = this.asking.get(name);
    if (!asking) {
      asking = this.ask(name)
        .then((addresses) => this.remember(name, addresses))
        .finally(() => this.asking.delete(name));
      asking.catch(() => undefined);
      this.asking.set(name, asking);
    }
    return asking;
  }

  private remember(name: string, addresses: readonly HostAddress[]): readonly HostAddress[] {
    if (addresses.length === 0) throw noAddress(name);
    this.known.delete(name);
    this.known.set(name, { addresses, atMs: this.nowMs() });
    const [oldest] = this.known.keys();
    if (this.known.size > REMEMBERED_NAMES && oldest !== undefined) this.known.delete(oldest);
    return addresses;
  }
}

async function within<T>(patienceMs: number, name: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(noAddress(name)), patienceMs);
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function noAddress(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`the resolver has no address of ${name}`), { code: 'EAI_AGAIN' });
}
