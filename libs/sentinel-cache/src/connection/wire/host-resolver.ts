import { ADDRCONFIG, lookup as systemLookup } from 'node:dns';
import { lookup as lookupAll } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

import { within } from '../../time/stall-tolerant-timer.js';

/** An address of a host name. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** What a name resolved to, and when. */
interface ResolvedHost {
  readonly addresses: readonly HostAddress[];
  readonly atMs: number;
}

/**
 * - `use`: what is known is fresh.
 * - `ask-briefly`: ask again, and use what is known when no answer comes soon.
 * - `ask`: nothing is known.
 */
type LookupDecision = 'use' | 'ask-briefly' | 'ask';

/** How many names are remembered; a deployment has a handful. */
const REMEMBERED_NAMES = 64;
/**
 * How long an answer is fresh. In an outage sockets are opened several times a second; one question is enough
 * for them.
 */
export const FRESH_MS = 1000;
/** How long a first answer may take. */
export const FIRST_ANSWER_MS = 1000;
/**
 * How long to wait for a new answer where there is an old one: a part of any deadline that a connection has.
 */
export const LAST_GOOD_WAIT_MS = 100;

/**
 * Resolves host names for our sockets alone.
 *
 * - By the system's resolver (hosts file, search domains), all families; Node tries the addresses in turn.
 * - One question for each name at a time, however many sockets wait: a hung name server blocks one thread,
 *   not all four.
 * - A fresh answer is kept for a second. An old one is used when no new one comes within 100 ms; without any,
 *   a name has a second.
 */
export class HostResolver {
  private readonly known = new Map<string, ResolvedHost>();
  private readonly asking = new Map<string, Promise<readonly HostAddress[]>>();

  constructor(
    private readonly ask: (name: string) => Promise<readonly HostAddress[]> = (name) =>
      lookupAll(name, { all: true, hints: ADDRCONFIG }),
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * Resolves to the addresses of a name. Rejects with the resolver's error, or with `EAI_AGAIN` after a
   * second.
   */
  async resolve(name: string): Promise<readonly HostAddress[]> {
    const known = this.known.get(name);
    const decision = decideLookup(known, this.nowMs());
    if (decision === 'use') return known!.addresses;
    const fresh = this.refresh(name);
    if (decision === 'ask') return within(FIRST_ANSWER_MS, fresh, () => noAddress(name));
    return within(LAST_GOOD_WAIT_MS, fresh, () => noAddress(name)).catch(() => known!.addresses);
  }

  /** `resolve` in the shape of `net.connect`'s option `lookup`. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    // One address alone is not asked for by our sockets: the system answers.
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

/**
 * Decides from facts alone whether to ask the name server. No answer grows too old to be better than none.
 */
export function decideLookup(known: ResolvedHost | undefined, nowMs: number): LookupDecision {
  if (!known) return 'ask';
  return nowMs - known.atMs < FRESH_MS ? 'use' : 'ask-briefly';
}

function noAddress(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`the resolver has no address of ${name}`), { code: 'EAI_AGAIN' });
}
