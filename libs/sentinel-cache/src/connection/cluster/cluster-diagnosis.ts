import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import type { ClusterNode } from './cluster-node.js';
import { permanent, transient, DiagnosisError, type Diagnosis } from '../wire/diagnosis.js';

/** Reasons that do not pass by themselves. */
const PERMANENT: ReadonlySet<string> = new Set(['auth', 'unsupported-server']);

/** Explains why a node did not say which node has which slot. */
export function diagnosisOf(
  error: unknown,
  { label, state }: Pick<ClusterNode, 'label'> & { state: ReturnType<ClusterNode['state']> },
): Diagnosis {
  if (error instanceof DiagnosisError) return transient(error.diagnosis.reason, `${label} ${error.message}`);
  if (error instanceof CommandRejectedError && /cluster support disabled/i.test(error.reply ?? '')) {
    const remedy = 'Name nodes of a cluster, or write redis:// for a single server.';
    return permanent('unsupported-server', `${label} is no node of a Redis Cluster. ${remedy}`);
  }
  if (error instanceof CommandRejectedError && error.redisCode === 'NOPERM')
    return permanent('auth', `${label}: this user may not ask CLUSTER SLOTS (NOPERM). Allow it: +cluster|slots +cluster|nodes.`);
  if (!(error instanceof CacheUnavailableError)) return transient('no-primary', `${label} did not say who has which slot.`);
  const message = state.status === 'down' ? state.message : `${label} did not say in time who has which slot.`;
  return PERMANENT.has(error.reason) ? permanent(error.reason, message) : transient(error.reason, message);
}
