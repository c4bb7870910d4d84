import { addressText, sameAddress } from './node-address.js';
import type { SentinelAnswer, TcpAddress } from './sentinel-facts.js';
import type { ListedSentinel } from './sentinel-reply.js';

/** What is known of one sentinel that is watched. */
export interface WatchedSentinel {
  readonly address: TcpAddress;
  /** Its own word for who it is; null while unknown, or when it may not say. */
  readonly id: string | null;
  /** Where its socket leads; null while there is none. */
  readonly remote: TcpAddress | null;
  readonly answer: SentinelAnswer;
  /** How another sentinel listed it; undefined for those of the settings. */
  readonly listedAs?: ListedSentinel | undefined;
  /** When it was last heard, or listed as one that answers. */
  readonly seenAtMs: number;
}

/** What to change about the sentinels that are watched. */
export interface RosterPlan<T> {
  readonly open: readonly ListedSentinel[];
  readonly close: readonly T[];
  /** Discovered ones that were seen in this round. */
  readonly seen: readonly T[];
}

/** A discovered sentinel that nobody has seen for this long is forgotten. */
export const FORGOTTEN_AFTER_MS = 60_000;
/** How many sentinels are watched, those of the settings included; those are watched however many they are. */
export const MOST_SENTINELS = 16;

/**
 * Which sentinels to watch, from facts alone (fault 27).
 *
 * - Those of the settings stay, whatever becomes of them.
 * - A discovered one is watched until it has not been seen for a minute. One that answers under another id, or does not know our
 *   master, sits at an address that was handed on to another deployment: it is closed, and its address left alone for a minute.
 * - One sentinel is watched once, by whatever names it goes: its id tells, or where its socket leads.
 */
export function planSentinels<T extends WatchedSentinel>(facts: {
  readonly watched: readonly T[];
  readonly listed: readonly ListedSentinel[];
  /** Addresses of strangers, and since when they are left alone. */
  readonly strangers: ReadonlyMap<string, number>;
  readonly nowMs: number;
}): RosterPlan<T> {
  const { watched, nowMs } = facts;
  const listed = facts.listed.filter(({ up, id }) => up && id !== '');
  const discovered = watched.filter(({ listedAs }) => listedAs !== undefined);
  const seen = discovered.filter((one) => one.answer.kind === 'address' || listed.some((entry) => isListing(entry, one)));
  const close = discovered.filter((one) => {
    if (isStranger(one) || isSecond(one, watched)) return true;
    return !seen.includes(one) && nowMs - one.seenAtMs >= FORGOTTEN_AFTER_MS;
  });
  const kept = watched.filter((one) => !close.includes(one));
  const open: ListedSentinel[] = [];
  for (const entry of listed) {
    if (kept.length + open.length >= MOST_SENTINELS) break;
    const leftAlone = nowMs - (facts.strangers.get(addressText(entry.address)) ?? -Infinity) < FORGOTTEN_AFTER_MS;
    const known = kept.some((one) => covers(one, entry)) || open.some((other) => sameSentinel(other, entry));
    if (!leftAlone && !known) open.push(entry);
  }
  return { open, close, seen };
}

/** Those whose answers count, each sentinel once: a discovered one only when it has proven to be who it was listed as. */
export function votingSentinels<T extends WatchedSentinel>(watched: readonly T[]): readonly T[] {
  return watched.filter((one) => {
    if (isSecond(one, watched)) return false;
    if (!one.listedAs) return true;
    const spoke = one.answer.kind === 'address' || (one.answer.kind === 'silent' && one.answer.last !== undefined);
    return spoke && !isStranger(one);
  });
}

/** A discovered one that is not who it was listed as, by its id or by the master it does not know. */
export function isStranger({ listedAs, id, answer }: WatchedSentinel): boolean {
  return listedAs !== undefined && ((id !== null && id !== listedAs.id) || answer.kind === 'unknown-master');
}

/** Whether one before it in the list is the same sentinel: the settings come first. */
function isSecond(one: WatchedSentinel, watched: readonly WatchedSentinel[]): boolean {
  return watched.slice(0, watched.indexOf(one)).some((other) => isSameProcess(one, other));
}

/** Two standing sockets that lead to one sentinel. The id decides; behind one balanced address there may be several. */
function isSameProcess(a: WatchedSentinel, b: WatchedSentinel): boolean {
  if (!a.remote || !b.remote) return false;
  return a.id !== null && b.id !== null ? a.id === b.id : sameAddress(a.remote, b.remote);
}

/** Whether a watched sentinel makes it needless to open this one. One that moved is opened at its new address beside the old. */
function covers(one: WatchedSentinel, entry: ListedSentinel): boolean {
  if (sameAddress(one.address, entry.address)) return true;
  if (one.remote === null) return false;
  return one.id === null ? sameAddress(one.remote, entry.address) : one.id === entry.id;
}

function isListing(entry: ListedSentinel, { address, listedAs }: WatchedSentinel): boolean {
  return sameAddress(entry.address, address) && entry.id === listedAs?.id;
}

function sameSentinel(a: ListedSentinel, b: ListedSentinel): boolean {
  return a.id === b.id || sameAddress(a.address, b.address);
}
