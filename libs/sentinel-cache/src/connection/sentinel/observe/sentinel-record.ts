import { sameAddress } from '../../contract/node-address.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import type { LastAnswer, ListedReplica, SentinelAnswer } from '../decide/failover-facts.js';
import { type ListedSentinel } from './sentinel-reply.js';
import type { Diagnosis } from '../../wire/diagnosis.js';
import { MOST_REPLICAS } from '../../wire/reply-fields.js';

/** What one sentinel listed when it was last asked. */
export interface SentinelListing {
  readonly replicas: readonly ListedReplica[];
  readonly sentinels: readonly ListedSentinel[];
}

/**
 * What one sentinel has said so far. It outlives connections: what a silent sentinel has listed still counts.
 */
export class SentinelRecord {
  answer: SentinelAnswer = { kind: 'pending' };
  listing: SentinelListing = { replicas: [], sentinels: [] };
  /** When it was last heard, or listed as up; until then, since when it is watched. */
  seenAtMs = performance.now();
  /** How often it was heard. */
  protected heard = 0;
  /** Since when it names the primary that it named last. */
  sinceMs: number | undefined;
  private last: LastAnswer | undefined;

  /** It has answered. */
  protected hear(answer: SentinelAnswer): void {
    this.answer = answer;
    this.heard += 1;
    if (answer.kind !== 'address') return;
    if (this.last) this.listing = afterMove(this.listing, this.last.address, answer.address);
    this.seenAtMs = performance.now();
    if (!sameAddress(this.last?.address, answer.address)) this.sinceMs = this.seenAtMs;
    this.last = { address: answer.address, atMs: this.seenAtMs };
  }

  /** It can't be asked. */
  protected fallSilent(diagnosis: Diagnosis): void {
    this.answer = { kind: 'silent', diagnosis, last: this.last };
  }

  /** A silent sentinel is asked again, and may be waited for. */
  protected expect(): void {
    if (this.answer.kind === 'silent') this.answer = { kind: 'pending', last: this.last };
  }
}

/**
 * Returns the listing of a sentinel that names another primary than before: the former one counts as a
 * replica from now on, as the sentinel will list it.
 */
export function afterMove(listing: SentinelListing, from: TcpAddress, to: TcpAddress): SentinelListing {
  if (sameAddress(from, to)) return listing;
  const others = listing.replicas.filter(({ address }) => !sameAddress(address, from) && !sameAddress(address, to));
  const former: ListedReplica = { address: from, usable: false, linked: false };
  return { ...listing, replicas: [former, ...others].slice(0, MOST_REPLICAS) };
}
