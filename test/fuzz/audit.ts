import type { LocalNode } from 'local-sentinel';

import type { Ground } from './ground.js';
import type { Entry, Ledger, WriteKind } from './ledger.js';
import type { Session } from './load.js';

/** What the surviving primary holds, compared with what callers were told. */
export interface Audit {
  /** Told "not executed", and there. */
  readonly ghosts: readonly string[];
  /** One write, applied twice. */
  readonly duplicates: readonly string[];
  /** Acknowledged, and not there: how many. */
  readonly lost: number;
}

const BATCH = 500;

/** Asks the primary itself, past the client under test. */
export async function audit({ topology, strict }: Ground, ledger: Ledger): Promise<Audit> {
  const key = (name: string): string => strict.makeKey(ledger.prefix + name);
  const list = ((await topology.primary.command('LRANGE', key('list'), 0, -1)) as string[]).map(Number);
  const counter = Number((await topology.primary.command('GET', key('counter'))) ?? 0);
  const session = (await topology.primary.command('GET', key('session'))) as string | null;
  const seen = session === null ? [] : (JSON.parse(session) as Session).seen;
  const keyed = [...ledger.of('set'), ...ledger.of('add')];
  const stored = await existing(topology.primary, keyed, (sequence) => key(`w${sequence}`));
  const held = { push: new Set(list), session: new Set(seen), set: stored, add: stored };
  const entries = ledger.entries.filter(({ kind }) => kind in held);
  const present = ({ kind, sequence }: Entry): boolean => held[kind as keyof typeof held].has(sequence);
  const denied = (entry: Entry): boolean => entry.executed === false || entry.acknowledged === false;
  return {
    ghosts: entries
      .filter((entry) => denied(entry) && present(entry))
      .map((entry) => `ghost: ${entry.kind} ${entry.sequence} was told ${entry.failure ?? 'false'} and is in Redis`),
    duplicates: [...twice('push', list), ...twice('session', seen), ...overcounted(ledger, counter)],
    lost: entries.filter((entry) => entry.acknowledged && !present(entry)).length,
  };
}

/** Stands for one reign of one primary: another node, a restart and a promotion each give another text. */
export async function reign({ topology }: Ground): Promise<string> {
  const info = String(await topology.primary.command('INFO', 'everything'));
  return ['run_id', 'master_replid'].map((name) => new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1]).join();
}

/** Removes what a round left behind. */
export async function forget({ topology, strict }: Ground, ledger: Ledger): Promise<void> {
  const keys = ['list', 'counter', 'session'].map((name) => strict.makeKey(ledger.prefix + name));
  await topology.primary.command('UNLINK', ...keys);
}

async function existing(node: LocalNode, entries: readonly Entry[], keyOf: (sequence: number) => string): Promise<Set<number>> {
  const found = new Set<number>();
  for (let i = 0; i < entries.length; i += BATCH) {
    const batch = entries.slice(i, i + BATCH).map(({ sequence }) => sequence);
    const replies = (await node.command('MGET', ...batch.map(keyOf))) as (string | null)[];
    replies.forEach((reply, at) => reply !== null && found.add(batch[at]!));
  }
  return found;
}

function twice(kind: WriteKind, numbers: readonly number[]): string[] {
  const again = numbers.filter((number, at) => numbers.indexOf(number) !== at);
  return again.map((number) => `duplicate: ${kind} ${number} is in Redis more than once`);
}

/** Lost increments make the counter smaller, never larger. */
function overcounted(ledger: Ledger, counter: number): string[] {
  const possible = ledger.of('incr').filter(({ acknowledged, executed }) => acknowledged || executed === 'unknown').length;
  return counter > possible ? [`duplicate: the counter is ${counter}, and at most ${possible} increments were executed`] : [];
}
