import { addressText, sameAddress, type TcpAddress } from '../../contract/node-address.js';
import type { ListedReplica, SentinelAnswer, SentinelReport } from './failover-facts.js';

/** More than half. */
export function isMost(count: number, all: number): boolean {
  return count * 2 > all;
}

/** Whether more than half of LOCATION's sentinels, silent ones counted in, are among those that `claim` holds for. */
export function mostOfLocation<T extends { readonly inLocation: boolean }>(
  reports: readonly T[],
  claim: (report: T) => boolean,
): boolean {
  const location = reports.filter(({ inLocation }) => inLocation);
  return isMost(location.filter(claim).length, location.length);
}

/**
 * Whether a node belongs to this master as far as most of LOCATION's sentinels have ever said: each lists it as a replica, or names it, or
 * named it last, as the primary. One lying sentinel makes no node known, and unmakes none.
 */
export function isKnownNode(address: TcpAddress, reports: readonly SentinelReport[]): boolean {
  return mostOfLocation(
    reports,
    ({ answer, replicas }) =>
      sameAddress(primaryOf(answer), address) || replicas.some((replica) => sameAddress(replica, address)),
  );
}

/** The primary that a sentinel names now, or named before it fell silent. */
export function primaryOf(answer: SentinelReport['answer']): TcpAddress | undefined {
  if (answer.kind === 'address') return answer.address;
  return answer.kind === 'unknown-master' ? undefined : answer.last?.address;
}

/** Whether an answer names a primary that may count: of a sentinel that knows as many others as min_other_sentinels asks for. */
export function counts(answer: SentinelAnswer, minOthers: number): answer is SentinelAnswer & { kind: 'address' } {
  return answer.kind === 'address' && (answer.otherSentinels === null || answer.otherSentinels >= minOthers);
}

/** The primary that most of LOCATION's sentinels name now, silent ones counted in; undefined when there is none. */
export function namedByMost(reports: readonly SentinelReport[], minOthers: number): TcpAddress | undefined {
  const named = reports.flatMap(({ answer }) => (counts(answer, minOthers) ? [answer.address] : []));
  return named.find((address) =>
    mostOfLocation(reports, ({ answer }) => counts(answer, minOthers) && sameAddress(answer.address, address)),
  );
}

/** What one sentinel of LOCATION lists. */
export interface ReplicaListing {
  readonly inLocation: boolean;
  /** Whether it has just said so; otherwise it once did. */
  readonly fresh: boolean;
  readonly replicas: readonly ListedReplica[];
}

/** The replicas that most of LOCATION's sentinels list. How they do is what most of those say that could just be asked. */
export function knownReplicas(listings: readonly ReplicaListing[]): ListedReplica[] {
  const seen = new Map(
    listings.flatMap(({ replicas }) => replicas.map(({ address }) => [addressText(address), address] as const)),
  );
  return [...seen.values()].flatMap((address) => {
    const entryOf = ({ replicas }: ReplicaListing) => replicas.find((replica) => sameAddress(replica.address, address));
    if (!mostOfLocation(listings, (listing) => entryOf(listing) !== undefined)) return [];
    const entries = listings.flatMap((listing) => (listing.fresh ? (entryOf(listing) ?? []) : []));
    const agree = (claim: (entry: ListedReplica) => boolean) => isMost(entries.filter(claim).length, entries.length);
    return [{ address, usable: agree(({ usable }) => usable), linked: agree(({ linked }) => linked) }];
  });
}
