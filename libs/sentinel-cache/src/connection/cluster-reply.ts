import { readNodeAddress, type ReadAt } from './cluster-address.js';
import type { TcpAddress } from './sentinel-facts.js';

/** What one node says of its cluster. */
export interface ClusterAnswer {
  /** Who has which slots, in the node's eyes. */
  readonly claims: readonly SlotClaim[];
  /** Every node that it knows; empty where CLUSTER NODES may not be asked. */
  readonly nodes: readonly ClusterMember[];
}

/** A range of slots and its owner. Of two claims the one with the higher epoch is right, as among the nodes themselves. */
export interface SlotClaim {
  readonly first: number;
  readonly last: number;
  readonly owner: TcpAddress;
  readonly epoch: number;
}

/** One node of the cluster, as another sees it. */
export interface ClusterMember {
  readonly id: string;
  readonly address: TcpAddress;
  readonly role: 'primary' | 'replica';
  /** Id of its primary, for a replica. */
  readonly primaryId: string | null;
  /** `fail`, `fail?`, `handshake`, ...: how it is, not what it is. */
  readonly flags: readonly string[];
  readonly linked: boolean;
}

const LAST_SLOT = 16_383;
const ROLE_FLAGS = new Set(['myself', 'master', 'slave', 'replica', 'noflags']);
const FLAG = /^[a-z_?]{1,40}$/;

/**
 * Reads `CLUSTER SLOTS` and, for the epochs and the replicas, the text of `CLUSTER NODES`. `at`: where the answer came
 * from. What can't be read is left out; a reply that is no list at all gives no claims.
 */
export function readClusterAnswer(slots: unknown, nodes: string, at: ReadAt): ClusterAnswer {
  const lines = nodes.split('\n').map((line) => line.split(' '));
  const epochs = new Map(lines.map(([id = '', , , , , , epoch]) => [id, Number(epoch) || 0]));
  const claims = (Array.isArray(slots) ? slots : []).flatMap((entry) => {
    const claim = readClaim(entry, at);
    return claim ? [{ ...claim.range, owner: claim.owner, epoch: epochs.get(claim.id) ?? 0 }] : [];
  });
  const named = readNames(slots, at);
  const members = lines.flatMap((line) => readMember(line, at));
  return { claims, nodes: members.map((member) => ({ ...member, address: named.get(member.id) ?? member.address })) };
}

/** By what address `CLUSTER SLOTS` names each node, replicas too: a host name, say, where `CLUSTER NODES` writes the IP address. */
function readNames(slots: unknown, at: ReadAt): ReadonlyMap<string, TcpAddress> {
  const nodes = (Array.isArray(slots) ? slots : []).flatMap((entry) => (Array.isArray(entry) ? entry.slice(2) : []));
  const named = nodes.flatMap((node: unknown): [string, TcpAddress][] => {
    if (!Array.isArray(node) || node.length < 3) return [];
    const address = readPlace(node, at);
    return address ? [[String(node[2]), address]] : [];
  });
  return new Map(named);
}

/** `host, port, id, [ip, ...]`. A node that should announce a host name, and has none, is `?`: its IP address stands behind. */
function readPlace([host, port, , more]: readonly unknown[], at: ReadAt): TcpAddress | undefined {
  const [name, ip] = Array.isArray(more) ? (more as unknown[]) : [];
  return readNodeAddress(String(host) === '?' && String(name) === 'ip' ? ip : host, port, at);
}

function readClaim(
  entry: unknown,
  at: ReadAt,
): { range: { first: number; last: number }; owner: TcpAddress; id: string } | undefined {
  if (!Array.isArray(entry) || !Array.isArray(entry[2])) return undefined;
  const [first, last, node] = entry as [unknown, unknown, unknown[]];
  const [owner, id] = [readPlace(node, at), node[2]];
  if (!isSlot(first) || !isSlot(last) || first > last || !owner) return undefined;
  return { range: { first, last }, owner, id: String(id ?? '') };
}

function isSlot(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST_SLOT;
}

/** `id ip:port@bus[,hostname] flags primary ping pong epoch link slots...` */
function readMember([id = '', where = '', flags = '', primary = '', , , , link]: readonly string[], at: ReadAt): ClusterMember[] {
  const place = /^(.*):(\d+)(?:@\d+)?(?:,([^,]*))?/.exec(where);
  const address = place && readNodeAddress(place[1], Number(place[2]), at);
  const words = flags.split(',');
  const role = words.includes('master')
    ? 'primary'
    : words.includes('slave') || words.includes('replica')
      ? 'replica'
      : undefined;
  if (!address || !role || id === '') return [];
  return [
    {
      id,
      address,
      role,
      primaryId: /^[0-9a-f]+$/.test(primary) ? primary : null,
      flags: words.filter((word) => FLAG.test(word) && !ROLE_FLAGS.has(word)),
      linked: link === 'connected',
    },
  ];
}
