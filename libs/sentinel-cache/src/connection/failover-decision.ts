import type { NodeAddress } from '../settings/resolved-settings.js';
import { addressText, sameAddress } from './node-address.js';
import type { SentinelAnswer, SentinelFacts, TcpAddress } from './sentinel-facts.js';
import { definitive, passing, type Trouble } from './trouble.js';

/** What to do about the connection to the primary. */
export type Decision =
  /** The connection in use is the right one. */
  | {
      readonly kind: 'keep';
      /** It may be the wrong one, but it has just been moved to: look again then. */
      readonly againInMs?: number;
    }
  /** Another node is the primary, or there is no connection: try these in turn, the likeliest first. Each still has to prove its role. */
  | { readonly kind: 'move'; readonly candidates: readonly NodeAddress[] }
  /** There is nobody to try. */
  | { readonly kind: 'wait'; readonly trouble: Trouble };

/**
 * How long an announced address is believed against the majority. Sentinels announce one after the other: the leader of the
 * failover is the last, about a second after the first (fault 15). Later than this the majority is right again (fault 12).
 */
export const ANNOUNCEMENT_HOLDS_MS = 4000;
/** A standing connection is given up for another this often at most, however fast failovers follow each other (fault 13). */
export const LEAST_BETWEEN_SWAPS_MS = 500;
/** How long the last answer of a sentinel that fell silent is worth a try. */
const LAST_ANSWER_HOLDS_MS = 10_000;

/**
 * Decides from facts alone: keep, move or wait.
 *
 * - An announcement is followed at once, and believed until the others have had the time to agree. So is a promotion that was seen
 *   before it was announced (eagerFailover): an aborted failover withdraws it, and after four seconds the majority is right again.
 * - Otherwise the majority of the sentinels that answer is right; among equals the higher epoch, then where we are.
 * - With no connection everything that any sentinel names is tried, and the last known good address even when none answers (fault 20).
 */
export function decideFailover(facts: SentinelFacts): Decision {
  const { adopted } = facts;
  const announced = believedNews(facts);
  const votes = countVotes(facts);
  const elected = votes[0];
  if (adopted?.connected) {
    const target = announced ?? (elected && isMajority(elected, facts) ? elected.address : undefined);
    if (target === undefined || sameAddress(target, adopted.address)) return { kind: 'keep' };
    const againInMs = (adopted.swappedAtMs ?? -Infinity) + LEAST_BETWEEN_SWAPS_MS - facts.nowMs;
    return againInMs > 0 ? { kind: 'keep', againInMs } : { kind: 'move', candidates: [target] };
  }
  const candidates = distinct([announced, ...votes.map((vote) => vote.address), ...lastAnswers(facts), adopted?.address]);
  return candidates.length > 0 ? { kind: 'move', candidates } : { kind: 'wait', trouble: whyNobody(facts) };
}

/** The announced address, or the one that was seen to be promoted, while it outranks the majority: the later of the two. */
function believedNews({ announcement, promotion, nowMs }: SentinelFacts): TcpAddress | undefined {
  const news = [promotion, announcement && { address: announcement.to, atMs: announcement.atMs }];
  const fresh = news.flatMap((one) => (one && nowMs - one.atMs < ANNOUNCEMENT_HOLDS_MS ? [one] : []));
  return fresh.sort((a, b) => b.atMs - a.atMs)[0]?.address;
}

interface Vote {
  readonly address: TcpAddress;
  count: number;
  epoch: number;
}

/** What sentinels said before they fell silent, while it is fresh. */
function lastAnswers({ answers, nowMs }: SentinelFacts): TcpAddress[] {
  return answers.flatMap((answer) =>
    answer.kind === 'silent' && answer.last && nowMs - answer.last.atMs < LAST_ANSWER_HOLDS_MS ? [answer.last.address] : [],
  );
}

/** Addresses by number of sentinels that name them, then by epoch, then where we are. */
function countVotes(facts: SentinelFacts): Vote[] {
  const votes = new Map<string, Vote>();
  for (const answer of facts.answers) {
    if (!counts(answer, facts.minOtherSentinels)) continue;
    const text = addressText(answer.address);
    const vote = votes.get(text) ?? { address: answer.address, count: 0, epoch: -1 };
    vote.count += 1;
    vote.epoch = Math.max(vote.epoch, answer.epoch ?? -1);
    votes.set(text, vote);
  }
  const here = (vote: Vote): number => (sameAddress(vote.address, facts.adopted?.address) ? 1 : 0);
  return [...votes.values()].sort((a, b) => b.count - a.count || b.epoch - a.epoch || here(b) - here(a));
}

function counts(answer: SentinelAnswer, minOthers: number): answer is SentinelAnswer & { kind: 'address' } {
  return answer.kind === 'address' && (answer.otherSentinels === null || answer.otherSentinels >= minOthers);
}

/** More than half of the sentinels that answered at all; a lone sentinel among silent ones is enough. */
function isMajority(vote: Vote, { answers }: SentinelFacts): boolean {
  return vote.count * 2 > answers.filter(({ kind }) => kind === 'address' || kind === 'unknown-master').length;
}

function distinct(addresses: readonly (TcpAddress | undefined)[]): TcpAddress[] {
  const seen = new Map<string, TcpAddress>();
  for (const address of addresses) if (address && !seen.has(addressText(address))) seen.set(addressText(address), address);
  return [...seen.values()];
}

/** Why nobody can be named: the diagnosis that callers and the log get. */
function whyNobody({ answers, masterName, minOtherSentinels }: SentinelFacts): Trouble {
  if (answers.some((answer) => answer.kind === 'pending')) return passing('no-primary', 'the sentinels are being asked.');
  if (answers.some((answer) => answer.kind === 'address')) {
    return passing(
      'no-primary',
      `no sentinel that names a primary knows ${minOtherSentinels} other sentinels (min_other_sentinels).`,
    );
  }
  if (answers.some((answer) => answer.kind === 'unknown-master')) {
    return definitive(
      'unknown-master',
      `the sentinels know no master named '${masterName}'. Check the name in LOCATION: upper and lower case count; ` +
        `'SENTINEL MASTERS' on a sentinel lists the names it knows.`,
    );
  }
  const troubles = answers.flatMap((answer) => (answer.kind === 'silent' ? [answer.trouble] : []));
  const telling = troubles.find((trouble) => trouble.definitive);
  if (telling) return telling;
  const each = troubles.map((trouble) => trouble.message).join(' ');
  return definitive(
    'no-sentinel',
    `none of ${answers.length} sentinels can be asked. ${each} Check the addresses in LOCATION and that the sentinels run.`,
  );
}
