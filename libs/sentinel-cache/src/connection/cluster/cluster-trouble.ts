import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { definitive, passing, TroubleError, type Trouble } from '../wire/trouble.js';

/** Reasons that somebody has to mend. */
const DEFINITIVE: ReadonlySet<string> = new Set(['auth', 'unsupported-server']);

/** Why a node could not say who has which slot. */
export function troubleOf(error: unknown, who: string): Trouble {
  if (error instanceof TroubleError) return passing(error.trouble.reason, `${who} ${error.message}`);
  if (error instanceof CommandRejectedError && /cluster support disabled/i.test(error.message)) {
    const remedy = 'Name nodes of a cluster, or write redis:// for a single server.';
    return definitive('unsupported-server', `${who} is no node of a Redis Cluster. ${remedy}`);
  }
  if (error instanceof CommandRejectedError && error.redisCode === 'NOPERM')
    return definitive('auth', `${who}: this user may not ask CLUSTER SLOTS (NOPERM). Allow it: +cluster|slots +cluster|nodes.`);
  if (!(error instanceof CacheUnavailableError)) return passing('no-primary', `${who} did not say who has which slot.`);
  const message = error.message.replace(/^CLUSTER: /, '');
  return DEFINITIVE.has(error.reason) ? definitive(error.reason, message) : passing(error.reason, message);
}
