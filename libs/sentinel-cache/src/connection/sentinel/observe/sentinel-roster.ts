import { isMost } from '../decide/location-majority.js';
import { addressText, sameAddress } from '../../contract/node-address.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import type { SentinelAnswer } from '../decide/failover-facts.js';
import type { ListedSentinel } from './sentinel-reply.js';

/** One sentinel that is watched. */
export interface WatchedSentinel {
  readonly address: TcpAddress;
  /** Its id by its own word; null while unknown, or where its ACL forbids the question. */
  readonly id: string | null;
  /** The address at the other end of its socket; null while there is none. */
  readonly remote: TcpAddress | null;
  readonly answer: SentinelAnswer;
  /** How another sentinel listed it; undefined for those of LOCATION. */
  readonly listedAs?: ListedSentinel | undefined;
  /** The other sentinels that it listed last. */
  readonly listing: { readonly sentinels: readonly ListedSentinel[] };
  /** When it was last heard, or listed as up; of one that was never heard, since when it is watched. */
  readonly seenAtMs: number;
}

/** Which sentinels to open and to close. */
export interface RosterPlan<T> {
  readonly open: readonly ListedSentinel[];
  readonly close: readonly T[];
  /** Discovered sentinels that were seen in this round. */
  readonly seen: readonly T[];
}

/** A discovered sentinel that was not seen for this long is closed. */
export const FORGOTTEN_AFTER_MS = 60_000;
/** Most sentinels that are watched. Those of LOCATION are watched however many they are. */
export const MOST_SENTINELS = 16;
/**
 * When most of LOCATION has been silent for this long, the remaining sentinels may bring in others. A short
 * outage of the network must not.
 */
export const LOCATION_LOST_AFTER_MS = 10_000;

/**
 * Decides from facts alone which sentinels to watch.
 *
 * - Those of LOCATION stay.
 * - Another one is opened, and so gets the sentinels' password, only when most of LOCATION's list it by one
 *   id at one address. What a single sentinel invents is not even connected to. See `witnessesOf` for the
 *   case that LOCATION's are gone.
 * - It is watched until it was not seen for a minute, or is not listed any more. One that answers under
 *   another id, or does not know our master, is unrelated: its address belongs to another deployment now. It
 *   is closed, and its address left alone for a minute.
 * - A sentinel with several names is watched once: its id tells, or the address at the other end of its
 *   socket.
 */
export function planSentinels<T extends WatchedSentinel>(facts: {
  readonly watched: readonly T[];
  /** Addresses of unrelated sentinels, and since when they are left alone. */
  readonly unrelated: ReadonlyMap<string, number>;
  readonly nowMs: number;
}): RosterPlan<T> {
  const { watched, nowMs } = facts;
  const listed = watched.flatMap(({ listing }) => listing.sentinels).filter(({ up, id }) => up && id !== '');
  const discovered = watched.filter(({ listedAs }) => listedAs !== undefined);
  const seen = discovered.filter(
    (one) => one.answer.kind === 'address' || listed.some((entry) => sameSentinel(entry, one.listedAs!)),
  );
  const close = discovered.filter((one) => {
    if (isUnrelated(one) || isSecond(one, watched) || !isConfirmed(one.listedAs!, watched, nowMs)) return true;
    return !seen.includes(one) && nowMs - one.seenAtMs >= FORGOTTEN_AFTER_MS;
  });
  const kept = watched.filter((one) => !close.includes(one));
  const open: ListedSentinel[] = [];
  for (const entry of listed) {
    if (kept.length + open.length >= MOST_SENTINELS) break;
    const leftAlone = nowMs - (facts.unrelated.get(addressText(entry.address)) ?? -Infinity) < FORGOTTEN_AFTER_MS;
    const known =
      close.some((one) => sameAddress(one.address, entry.address)) ||
      kept.some((one) => covers(one, entry, watched)) ||
      open.some((other) => isEither(other, entry));
    if (!leftAlone && !known && isConfirmed(entry, watched, nowMs)) open.push(entry);
  }
  return { open, close, seen };
}

/**
 * Returns the sentinels whose answers count, each once: a discovered one only when it has proven to be the
 * listed one, and is still listed.
 */
export function trustedSentinels<T extends WatchedSentinel>(watched: readonly T[], nowMs: number): readonly T[] {
  return watched.filter((one) => {
    if (isSecond(one, watched)) return false;
    if (!one.listedAs) return true;
    const spoke = one.answer.kind === 'address' || (one.answer.kind === 'silent' && one.answer.last !== undefined);
    return spoke && !isUnrelated(one) && isConfirmed(one.listedAs, watched, nowMs);
  });
}

/**
 * Whether a discovered sentinel is another one than was listed: it has another id, or does not know our
 * master.
 */
export function isUnrelated({ listedAs, id, answer }: WatchedSentinel): boolean {
  return listedAs !== undefined && ((id !== null && id !== listedAs.id) || answer.kind === 'unknown-master');
}

/** Whether enough sentinels list this one, by this id at this address. */
function isConfirmed(entry: ListedSentinel, watched: readonly WatchedSentinel[], nowMs: number): boolean {
  const lists = (one: WatchedSentinel): boolean => one.listing.sentinels.some((other) => sameSentinel(other, entry));
  const location = watched.filter(({ listedAs }) => !listedAs);
  if (isMost(location.filter(lists).length, location.length)) return true;
  const witnesses = witnessesOf(watched, nowMs);
  // No sentinel lists itself; the last one that is left has none to list it.
  const others = witnesses.filter(({ listedAs }) => !listedAs || !sameSentinel(listedAs, entry));
  return others.length === 0 ? witnesses.length > 0 : isMost(others.filter(lists).length, others.length);
}

/**
 * Returns the sentinels that may bring in others while fewer than half of LOCATION's were heard recently:
 * those that were; when there are none, the discovered ones. Empty as long as LOCATION's answer: then most of
 * all of them have to list it.
 */
function witnessesOf(watched: readonly WatchedSentinel[], nowMs: number): readonly WatchedSentinel[] {
  const location = watched.filter(({ listedAs }) => !listedAs);
  const isHeard = ({ seenAtMs }: WatchedSentinel): boolean => nowMs - seenAtMs < LOCATION_LOST_AFTER_MS;
  const heard = location.filter(isHeard);
  if (heard.length * 2 >= location.length) return [];
  return heard.length > 0 ? heard : watched.filter((one) => one.listedAs && !isUnrelated(one) && one.answer.kind !== 'pending');
}

/** Whether one before it in the list is the same sentinel. Those of LOCATION come first. */
function isSecond(one: WatchedSentinel, watched: readonly WatchedSentinel[]): boolean {
  return watched.slice(0, watched.indexOf(one)).some((other) => isSameProcess(one, other, watched));
}

/**
 * Whether two sockets lead to one sentinel. The id decides, since there may be several behind one balanced
 * address. Two of LOCATION are one only when their sockets lead to one address too: otherwise a sentinel
 * could silence another by claiming its id.
 */
function isSameProcess(a: WatchedSentinel, b: WatchedSentinel, watched: readonly WatchedSentinel[]): boolean {
  if (!a.remote || !b.remote) return false;
  const [idA, idB] = [idOf(a, watched), idOf(b, watched)];
  const byId = idA !== null && idB !== null ? idA === idB : undefined;
  if (!a.listedAs && !b.listedAs) return sameAddress(a.remote, b.remote) && byId !== false;
  return byId ?? sameAddress(a.remote, b.remote);
}

/**
 * Whether a watched sentinel makes it unnecessary to open this one. One that moved is opened at its new
 * address beside the old one.
 */
function covers(one: WatchedSentinel, entry: ListedSentinel, watched: readonly WatchedSentinel[]): boolean {
  if (sameAddress(one.address, entry.address)) return true;
  if (one.remote === null) return false;
  const id = idOf(one, watched);
  return id === null ? sameAddress(one.remote, entry.address) : id === entry.id;
}

/**
 * Returns the id of a sentinel: what most of LOCATION's list for the address that its socket leads to, else
 * its own word.
 */
function idOf({ id, remote }: WatchedSentinel, watched: readonly WatchedSentinel[]): string | null {
  const location = watched.filter(({ listedAs }) => !listedAs);
  const ids = location.flatMap(
    ({ listing }) => listing.sentinels.find(({ address }) => sameAddress(address, remote ?? undefined))?.id ?? [],
  );
  return ids.find((listed) => isMost(ids.filter((other) => other === listed).length, location.length)) ?? id;
}

/** One id at one address. */
function sameSentinel(a: ListedSentinel, b: ListedSentinel): boolean {
  return a.id === b.id && sameAddress(a.address, b.address);
}

function isEither(a: ListedSentinel, b: ListedSentinel): boolean {
  return a.id === b.id || sameAddress(a.address, b.address);
}
