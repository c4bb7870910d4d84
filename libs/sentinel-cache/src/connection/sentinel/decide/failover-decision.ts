import { counts, isKnownNode, isMost, namedByMost } from './location-majority.js';
import { addressText, sameAddress } from '../../contract/node-address.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import type { FailoverFacts, SentinelAnswer, SentinelReport } from './failover-facts.js';
import { permanent, transient, type Diagnosis } from '../../wire/diagnosis.js';
import type { Decision } from '../../primary/primary-source.js';

/**
 * How long an announced address outranks the majority. Sentinels announce one after the other; the leader of
 * the failover is the last, about a second after the first. Later the majority is right again.
 */
export const ANNOUNCEMENT_HOLDS_MS = 4000;
/**
 * A standing connection is given up for another one this often at most, however fast failovers follow each
 * other.
 */
export const LEAST_BETWEEN_SWAPS_MS = 500;
/** How long the last answer of a sentinel that went silent is tried. */
const LAST_ANSWER_HOLDS_MS = 10_000;
/** How many of the primaries that sentinels disagree about a message names. */
const MOST_TOLD = 3;

/**
 * Decides from facts alone: keep, move or wait.
 *
 * - A standing connection moves to the primary that most of LOCATION's sentinels name. Where most of those
 *   that answer name one, that is enough if the node is known: most of LOCATION's have listed it.
 * - The announcement of a known node is followed at once, and believed until the other sentinels have had the
 *   time to agree. So is a promotion that was seen before it was announced (eagerFailover): an aborted
 *   failover withdraws it, and after four seconds the majority is right again.
 * - Without a connection, the known nodes that any sentinel names are tried, then the last known good
 *   address, even when no sentinel answers. An unknown node is tried last, and only when most of LOCATION's
 *   sentinels name it that answer or may still answer: the first one to answer decides nothing.
 */
export function decideFailover(facts: FailoverFacts): Decision {
  const { adopted } = facts;
  const news = latestNews(facts);
  const announced = news?.isConfirmed ? undefined : news?.address;
  if (adopted?.connected) {
    const target = announced ?? elected(facts, news);
    if (target === undefined || sameAddress(target, adopted.address)) return { kind: 'keep' };
    const againInMs = (adopted.swappedAtMs ?? -Infinity) + LEAST_BETWEEN_SWAPS_MS - facts.nowMs;
    return againInMs > 0 ? { kind: 'keep', againInMs } : { kind: 'move', candidates: [target] };
  }
  const votes = countVotes(facts);
  const [known, unknown] = [true, false].map((is) => votes.filter(({ address }) => isKnownNode(address, facts.reports) === is));
  const candidates = distinct([
    announced,
    ...known!.map(({ address }) => address),
    ...lastAnswers(facts),
    adopted?.address,
    ...unknown!.map(({ address }) => address).filter((address) => isChosen(address, facts)),
  ]);
  return candidates.length > 0 ? { kind: 'move', candidates } : { kind: 'wait', diagnosis: whyNobody(facts) };
}

/** A primary that was announced, or seen to be promoted. */
interface News {
  readonly address: TcpAddress;
  readonly atMs: number;
  readonly isConfirmed: boolean;
}

/**
 * Returns the latest news of a known node, while it is fresh. It outranks the majority until most have named
 * that node; then the majority knows of all that happens next.
 */
function latestNews({ announcements, promotion, reports, nowMs }: FailoverFacts): News | undefined {
  const seen = promotion ? [{ ...promotion, isConfirmed: false }] : [];
  const news = [...announcements.map(({ to, ...rest }) => ({ address: to, ...rest })), ...seen];
  const believed = news.filter(({ address, atMs }) => nowMs - atMs < ANNOUNCEMENT_HOLDS_MS && isKnownNode(address, reports));
  return believed.sort((a, b) => b.atMs - a.atMs)[0];
}

interface Vote {
  readonly address: TcpAddress;
  count: number;
  epoch: number;
}

/**
 * Counts the sentinels that name each address. Most named first; of equal ones the higher epoch, then the
 * address in use.
 */
function countVotes(facts: FailoverFacts): Vote[] {
  const votes = new Map<string, Vote>();
  for (const { answer } of facts.reports) {
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

/**
 * Returns the primary that a standing connection moves to: the one that most of LOCATION's sentinels name, or
 * most of those that answer if it is known. Who has not heard of the news yet names nobody.
 */
function elected(facts: FailoverFacts, news: News | undefined): TcpAddress | undefined {
  const { reports, minOtherSentinels } = facts;
  const informed = news ? reports.map((report) => (hasMissed(report, news) ? { ...report, answer: PENDING } : report)) : reports;
  const [first] = countVotes({ ...facts, reports: informed });
  const answering = reports.filter(({ answer: { kind } }) => kind === 'address' || kind === 'unknown-master').length;
  const known = first && isMost(first.count, answering) && isKnownNode(first.address, reports) ? first.address : undefined;
  return namedByMost(informed, minOtherSentinels) ?? known;
}

const PENDING: SentinelAnswer = Object.freeze({ kind: 'pending' });

/** Whether a sentinel names another primary than the one in the news, and has done so since before. */
function hasMissed({ answer, sinceMs }: SentinelReport, { address, atMs }: News): boolean {
  return answer.kind === 'address' && !sameAddress(answer.address, address) && sinceMs !== undefined && sinceMs < atMs;
}

/**
 * Whether an unknown node may be tried without a connection: most of LOCATION's sentinels name it that answer
 * or, for a while, may still answer. Where fewer than half of LOCATION's are left, the other watched
 * sentinels count as much.
 */
function isChosen(address: TcpAddress, facts: FailoverFacts): boolean {
  const { reports, minOtherSentinels, mayWait } = facts;
  const takesPart = (report: SentinelReport): boolean =>
    counts(report.answer, minOtherSentinels)
      ? !isOutdated(report.answer.address, facts)
      : mayWait && report.answer.kind === 'pending';
  const location = reports.filter(({ inLocation }) => inLocation);
  const asked = location.filter(takesPart);
  const electorate = asked.length * 2 >= location.length ? asked : reports.filter(takesPart);
  return isMost(
    electorate.filter(({ answer }) => answer.kind === 'address' && sameAddress(answer.address, address)).length,
    electorate.length,
  );
}

/**
 * Whether a sentinel that names this node has missed a failover: the node says itself that it is no primary,
 * and most sentinels agree.
 */
function isOutdated(address: TcpAddress, { demoted, reports, minOtherSentinels }: FailoverFacts): boolean {
  return demoted.some((node) => sameAddress(node, address)) && !sameAddress(namedByMost(reports, minOtherSentinels), address);
}

/** Returns the known nodes that sentinels named before they went silent, while that is fresh. */
function lastAnswers({ reports, nowMs }: FailoverFacts): TcpAddress[] {
  const words = reports.flatMap(({ answer }) => ((answer.kind === 'silent' || answer.kind === 'pending') && answer.last) || []);
  return words
    .filter(({ address, atMs }) => nowMs - atMs < LAST_ANSWER_HOLDS_MS && isKnownNode(address, reports))
    .map(({ address }) => address);
}

function distinct(addresses: readonly (TcpAddress | undefined)[]): TcpAddress[] {
  const seen = new Map<string, TcpAddress>();
  for (const address of addresses) if (address && !seen.has(addressText(address))) seen.set(addressText(address), address);
  return [...seen.values()];
}

/** Explains why no primary is known, for callers and the log. */
function whyNobody(facts: FailoverFacts): Diagnosis {
  const { reports, masterName, minOtherSentinels } = facts;
  const answers = reports.map(({ answer }) => answer);
  if (answers.some((answer) => answer.kind === 'pending')) return transient('no-primary', 'the sentinels are being asked.');
  const votes = countVotes(facts);
  if (votes.length > 0) {
    const named = votes.slice(0, MOST_TOLD).map(({ address, count }) => `${addressText(address)} (${count})`);
    return transient(
      'no-primary',
      `the sentinels name different primaries: ${named.join(', ')}. None is tried until most of those in LOCATION name it.`,
    );
  }
  if (answers.some((answer) => answer.kind === 'address')) {
    return transient(
      'no-primary',
      `no sentinel that names a primary knows ${minOtherSentinels} other sentinels (min_other_sentinels).`,
    );
  }
  if (answers.some((answer) => answer.kind === 'unknown-master')) {
    return permanent(
      'unknown-master',
      `the sentinels know no master named '${masterName}'. Check the name in LOCATION: upper and lower case count; ` +
        `'SENTINEL MASTERS' on a sentinel lists the names it knows.`,
    );
  }
  const diagnoses = answers.flatMap((answer) => (answer.kind === 'silent' ? [answer.diagnosis] : []));
  const telling = diagnoses.find((diagnosis) => diagnosis.permanent);
  if (telling) return telling;
  const each = diagnoses.map((diagnosis) => diagnosis.message).join(' ');
  return permanent(
    'no-sentinel',
    `none of ${answers.length} sentinels can be asked. ${each} Check the addresses in LOCATION and that the sentinels run.`,
  );
}
