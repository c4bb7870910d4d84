import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { SLOTS } from './key-slot.js';

/** What becomes of a call that a node did not answer. */
export type NextStep =
  /** The error is the caller's. */
  | { readonly kind: 'reject' }
  /** A redirection that leads nowhere: nobody knows what it means. */
  | { readonly kind: 'invalid' }
  /** The node left the cluster's map with the call still waiting: whoever has the slot now. */
  | { readonly kind: 'again' }
  /** The slot lives elsewhere, for good. */
  | { readonly kind: 'moved'; readonly slot: number; readonly host: string; readonly port: number }
  /** The slot is on its way: this one call is answered there. */
  | { readonly kind: 'ask'; readonly host: string; readonly port: number }
  /** Nobody can answer it at the moment. */
  | { readonly kind: 'wait'; readonly ms: number; readonly why: 'migrating' | 'cluster-down'; readonly message: string };

/** Where a call may go from here. */
export type Redirection = Exclude<NextStep, { kind: 'reject' | 'wait' }>;

/** Some keys of a command are still at the old place, some at the new one. */
const TRY_AGAIN_MS = 10;
/** News of the cluster comes by itself; this is in case none does. */
const CLUSTER_DOWN_MS = 100;

/**
 * Decides by the error alone. Only what was not executed goes on. `retired`: the node has lost its slots meanwhile. `slot`: that of the
 * call, where it has keys.
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

/** A node speaks of the slot that it was asked for, and of no other. */
function redirection(reply: string, slot: number | undefined): NextStep {
  const step = readRedirect(reply);
  return step && (slot === undefined || step.slot === slot) ? step : { kind: 'invalid' };
}

/** Reads `MOVED slot host:port` and `ASK slot host:port`. Undefined: the reply is neither, or names a slot that does not exist. */
function readRedirect(
  reply: string,
): { readonly kind: 'moved' | 'ask'; readonly slot: number; readonly host: string; readonly port: number } | undefined {
  const [, word, slot, host = '', port] = /^(MOVED|ASK) (\d{1,5}) (\S*):(\d{1,5})$/.exec(reply) ?? [];
  if (word === undefined || Number(slot) >= SLOTS) return undefined;
  return { kind: word === 'MOVED' ? 'moved' : 'ask', slot: Number(slot), host, port: Number(port) };
}
