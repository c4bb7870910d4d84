import type { LocalNode } from '../node/local-node.js';

/**
 * A fact sheet of a replica or sentinel as a sentinel hands it out (`flags`, `port`, `master-link-status`,
 * ...).
 */
export type FactSheet = ReadonlyMap<string, string>;

/** What one sentinel says about one master. */
export interface SentinelView {
  readonly primaryPort: number;
  readonly master: FactSheet;
  readonly replicas: readonly FactSheet[];
  readonly sentinels: readonly FactSheet[];
  /** Undefined when the quorum stands, else the sentinel's own words. */
  readonly quorumProblem: string | undefined;
}

function factSheet(reply: unknown): FactSheet {
  const words = (reply as unknown[]).map(String);
  return new Map(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [])));
}

async function ask(sentinel: LocalNode, ...words: string[]): Promise<unknown> {
  return sentinel.command('SENTINEL', ...words);
}

/**
 * Resolves to the port that `sentinel` announces for `masterName`; undefined if it does not know that name.
 */
export async function announcedPort(sentinel: LocalNode, masterName: string): Promise<number | undefined> {
  const reply = (await ask(sentinel, 'GET-MASTER-ADDR-BY-NAME', masterName)) as [string, string] | null;
  return reply ? Number(reply[1]) : undefined;
}

/**
 * Resolves to true while `sentinel` itself carries a failover of `masterName` out; one that was aborted is
 * over.
 */
export async function failoverUnderWay(sentinel: LocalNode, masterName: string): Promise<boolean> {
  const flags = factSheet(await ask(sentinel, 'MASTER', masterName)).get('flags') ?? '';
  return flags.includes('failover_in_progress');
}

/**
 * Asks `sentinel` all that it says about `masterName`; rejects if it does not answer, or does not know the
 * name.
 */
export async function readSentinel(sentinel: LocalNode, masterName: string): Promise<SentinelView> {
  const [master, replicas, sentinels, quorumProblem] = await Promise.all([
    ask(sentinel, 'MASTER', masterName),
    ask(sentinel, 'REPLICAS', masterName),
    ask(sentinel, 'SENTINELS', masterName),
    ask(sentinel, 'CKQUORUM', masterName).then(
      () => undefined,
      (error: Error) => error.message,
    ),
  ]);
  const sheet = factSheet(master);
  return {
    primaryPort: Number(sheet.get('port')),
    master: sheet,
    replicas: (replicas as unknown[]).map(factSheet),
    sentinels: (sentinels as unknown[]).map(factSheet),
    quorumProblem,
  };
}
