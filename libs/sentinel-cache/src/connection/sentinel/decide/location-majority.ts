import { addressText, sameAddress } from '../../contract/node-address.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import type { ListedReplica, SentinelAnswer, SentinelReport } from './failover-facts.js';

/** Whether `count` is more than half of `all`. */
export function isMost(count: number, all: number): boolean {
  return count * 2 > all;
}

/** Whether `claim` holds for more than half of LOCATION's sentinels, silent ones counted in. */
function mostOfLocation<T extends { readonly inLocation: boolean }>(
  reports: readonly T[],
  claim: (report: T) => boolean,
): boolean {
  const location = reports.filter(({ inLocation }) => inLocation);
  return isMost(location.filter(claim).length, location.length);
}

/**
 * Whether most of LOCATION's sentinels have ever listed this node for our master: as a replica, or as the
 * primary now or when they last answered. One lying sentinel makes no node known, and none unknown.
 */
export function isKnownNode(address: TcpAddress, reports: readonly SentinelReport[]): boolean {
  return mostOfLocation(
    reports,
    ({ answer, replicas }) =>
      sameAddress(primaryOf(answer), address) || replicas.some((replica) => sameAddress(replica, address)),
  );
}

/** Returns the primary that a sentinel names, or named before it went silent. */
function primaryOf(answer: SentinelReport['answer']): TcpAddress | undefined {
  if (answer.kind === 'address') return answer.address;
  return answer.kind === 'unknown-master' ? undefined : answer.last?.address;
}

/**
 * Whether an answer names a primary and counts: its sentinel knows as many others as min_other_sentinels asks
 * for.
 */
export function counts(answer: SentinelAnswer, minOthers: number): answer is SentinelAnswer & { kind: 'address' } {
  return answer.kind === 'address' && (answer.otherSentinels === null || answer.otherSentinels >= minOthers);
}

/**
 * Returns the primary that most of LOCATION's sentinels name now, silent ones counted in; undefined when
 * there is none.
 */
export function namedByMost(reports: readonly SentinelReport[], minOthers: number): TcpAddress | undefined {
  const named = reports.flatMap(({ answer }) => (counts(answer, minOthers) ? [answer.address] : []));
  return named.find((address) =>
    mostOfLocation(reports, ({ answer }) => counts(answer, minOthers) && sameAddress(answer.address, address)),
  );
}

/** The replicas that one sentinel of LOCATION lists. */
export interface ReplicaListing {
  readonly inLocation: boolean;
  /** Whether it listed them just now; otherwise earlier. */
  readonly fresh: boolean;
  readonly replicas: readonly ListedReplica[];
}

/**
 * Returns the replicas that most of LOCATION's sentinels list. Their state is what most of those say that
 * were asked just now.
 */
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
