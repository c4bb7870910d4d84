import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { SLOTS } from '../../keys/key-slot.js';

/** What to do with a call that a node rejected. */
export type NextStep =
  /** The caller gets the error. */
  | { readonly kind: 'reject' }
  /** The redirection can't be followed. */
  | { readonly kind: 'invalid' }
  /** The node lost its slots while the call waited there: ask the node that has the slot now. */
  | { readonly kind: 'again' }
  /** The slot has another owner. */
  | { readonly kind: 'moved'; readonly slot: number; readonly host: string; readonly port: number }
  /** The slot is being moved: ask that node this once. */
  | { readonly kind: 'ask'; readonly host: string; readonly port: number }
  /** No node can answer now: ask again after `ms` milliseconds. */
  | { readonly kind: 'wait'; readonly ms: number; readonly why: 'migrating' | 'cluster-down'; readonly message: string };

/** The steps that lead to another node. */
export type Redirection = Exclude<NextStep, { kind: 'reject' | 'wait' }>;

/** A migrating slot: some keys of the command are still at the old node. */
const TRY_AGAIN_MS = 10;
/** The call is also woken when the map changes; this is for the case that it does not. */
const CLUSTER_DOWN_MS = 100;

/**
 * Decides from the error alone. Only what was not executed goes on. `retired`: the node has lost its slots
 * meanwhile. `slot`: the slot of the call, where it has keys.
 */
export function nextStep(error: unknown, retired: boolean, slot?: number): NextStep {
  if (error instanceof CacheUnavailableError)
    return retired && error.executed === false && error.reason === 'no-primary' ? { kind: 'again' } : { kind: 'reject' };
  if (!(error instanceof CommandRejectedError) || error.executed !== false) return { kind: 'reject' };
  if (error.redisCode === 'MOVED' || error.redisCode === 'ASK') return redirection(error.reply ?? '', slot);
  if (error.redisCode === 'TRYAGAIN')
    return { kind: 'wait', ms: TRY_AGAIN_MS, why: 'migrating', message: 'its keys are on their way to another node (TRYAGAIN).' };
  if (error.redisCode === 'CLUSTERDOWN')
    return {
      kind: 'wait',
      ms: CLUSTER_DOWN_MS,
      why: 'cluster-down',
      message: 'the cluster does not serve its slot (CLUSTERDOWN).',
    };
  return { kind: 'reject' };
}

/** A redirection of another slot than the one asked for is not believed. */
function redirection(reply: string, slot: number | undefined): NextStep {
  const step = readRedirect(reply);
  return step && (slot === undefined || step.slot === slot) ? step : { kind: 'invalid' };
}

/**
 * Reads `MOVED slot host:port` and `ASK slot host:port`. Undefined: the reply is neither, or names a slot
 * that does not exist.
 */
function readRedirect(
  reply: string,
): { readonly kind: 'moved' | 'ask'; readonly slot: number; readonly host: string; readonly port: number } | undefined {
  const [, word, slot, host = '', port] = /^(MOVED|ASK) (\d{1,5}) (\S*):(\d{1,5})$/.exec(reply) ?? [];
  if (word === undefined || Number(slot) >= SLOTS) return undefined;
  return { kind: word === 'MOVED' ? 'moved' : 'ask', slot: Number(slot), host, port: Number(port) };
}
