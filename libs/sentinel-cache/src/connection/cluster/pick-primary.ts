import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';
import type { ClusterNode } from './cluster-node.js';

/** Returns a primary for a command without keys: one that is up, at random. */
export function anyPrimaryOf(primaries: readonly ClusterNode[]): ClusterNode | undefined {
  const up = primaries.filter(isUp);
  const from = up.length > 0 ? up : primaries;
  return from[Math.floor(Math.random() * from.length)];
}

/**
 * Returns where to subscribe: what is published on one node is heard on every node, so the one at `label`
 * will do as long as it is up.
 */
export function primaryToHear(primaries: readonly ClusterNode[], label: string | undefined): TcpAddress | undefined {
  const up = primaries.filter(isUp);
  return (up.find((node) => node.label === label) ?? up[0])?.address;
}

function isUp(node: ClusterNode): boolean {
  return node.state().status === 'up';
}
