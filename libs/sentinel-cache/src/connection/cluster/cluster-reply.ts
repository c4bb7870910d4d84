import { SLOTS } from '../../keys/key-slot.js';
import { addressText } from '../contract/node-address.js';
import type { TcpAddress } from '../../settings/shapes/resolved-connection.js';
import { textOf, unsigned64 } from '../resp/reply-shape.js';
import { readFlags } from '../wire/reply-fields.js';
import { tryTranslate, type TranslateAddress } from '../wire/translate-address.js';
import { transient, DiagnosisError } from '../wire/diagnosis.js';

/** What one node says of its cluster. */
export interface ClusterAnswer {
  /** The owners of the slots, as this node sees them. */
  readonly claims: readonly SlotClaim[];
  /** The nodes that it knows; empty where its ACL forbids CLUSTER NODES. */
  readonly nodes: readonly ClusterMember[];
}

/** One node of the cluster as another sees it (a line of CLUSTER NODES). */
export interface ClusterMember {
  readonly id: string;
  readonly address: TcpAddress;
  readonly role: 'primary' | 'replica';
  /** Id of the primary of a replica; null for a primary. */
  readonly primaryId: string | null;
  /** `fail`, `fail?`, `handshake`, ...: how it is, without the words for its role. */
  readonly flags: readonly string[];
  /** Whether the other node is connected to it. */
  readonly linked: boolean;
}

/**
 * A range of slots and its owner. Of two claims the one with the higher epoch counts, as among the nodes
 * themselves.
 */
export interface SlotClaim {
  readonly first: number;
  readonly last: number;
  readonly owner: TcpAddress;
  readonly epoch: number;
}

/** Where an answer comes from, and how its addresses are translated (natMap). */
export interface ReadAt {
  readonly asked: TcpAddress;
  readonly translate: TranslateAddress;
}

/** The most nodes of a cluster, by Redis' own recommendation. */
export const MOST_NODES = 1000;
/** Bounds the text of CLUSTER NODES for that many nodes, with each slot a range of its own and migrating. */
const LONGEST_NODES = 4 * 1024 * 1024;
/** Bounds the nodes in all ranges together: each may name its primary and the replicas. */
const MOST_PLACES = SLOTS * 8;
/** `host, port, id, metadata`; later versions may add fields. */
const MOST_FIELDS = 16;
/** Bounds a host name, as DNS does. */
const LONGEST_HOST = 255;
/** Characters that no host name or address has. */
const NO_HOST = /[\s/@,;[\]\\?#\p{Cc}]/u;

/**
 * Reads CLUSTER SLOTS and, for the epochs and the replicas, the text of CLUSTER NODES. `at`: the node that
 * answered. A node whose address can't be read or translated is left out.
 *
 * @throws DiagnosisError for an answer that no working node gives: another shape, slots that do not exist, a
 * slot twice, more than 1000 nodes.
 */
export function readClusterAnswer(slots: unknown, nodes: string, at: ReadAt): ClusterAnswer {
  const ranges = readRanges(slots);
  if (nodes.length > LONGEST_NODES) throw invalid(`CLUSTER NODES of ${nodes.length} characters`);
  const lines = nodes.split('\n', MOST_NODES + 2).map((line) => line.split(' ', 8));
  if (lines.length > MOST_NODES + 1) throw invalid(`more than ${MOST_NODES} nodes`);
  const epochs = new Map(lines.map(([id = '', , , , , , epoch]) => [id, Number(unsigned64(epoch) ?? 0)]));
  const places = new Map<PlacedNode, TcpAddress>();
  for (const { nodes: placed } of ranges) {
    for (const node of placed) {
      const address = readPlace(node, at);
      if (address) places.set(node, address);
    }
  }
  if (new Set([...places.values()].map(addressText)).size > MOST_NODES) throw invalid(`more than ${MOST_NODES} nodes`);
  const claims = ranges.flatMap(({ first, last, nodes: [node] }) => {
    const owner = places.get(node!);
    return owner ? [{ first, last, owner, epoch: epochs.get(idOf(node!)) ?? 0 }] : [];
  });
  // CLUSTER SLOTS may name a host where CLUSTER NODES writes its IP address.
  const named = new Map([...places].map(([node, address]) => [idOf(node), address]));
  const members = lines.flatMap((line) => readMember(line, at));
  return { claims, nodes: members.map((member) => ({ ...member, address: named.get(member.id) ?? member.address })) };
}

/** `host, port, id, [ip, ...]` */
type PlacedNode = readonly unknown[];

interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** The primary, then its replicas. */
  readonly nodes: readonly PlacedNode[];
}

/** Reads the ranges of CLUSTER SLOTS, and bounds their sum before anything is made of them. */
function readRanges(slots: unknown): readonly SlotRange[] {
  if (!Array.isArray(slots)) throw invalid('CLUSTER SLOTS that is no list');
  if (slots.length > SLOTS) throw invalid(`${slots.length} ranges of slots`);
  let [claimed, places] = [0, 0];
  return slots.map((entry: unknown) => {
    const [first, last, ...nodes] = Array.isArray(entry) && entry.length <= MOST_NODES + 2 ? (entry as unknown[]) : [];
    if (!isSlot(first) || !isSlot(last) || first > last) throw invalid(`a range outside the ${SLOTS} slots`);
    if (!nodes.every(isPlaced) || nodes.length === 0) throw invalid('a range of slots without a node');
    claimed += last - first + 1;
    places += nodes.length;
    if (claimed > SLOTS) throw invalid('a slot twice');
    if (places > MOST_PLACES) throw invalid('more nodes than there can be');
    return { first, last, nodes };
  });
}

function isPlaced(node: unknown): node is PlacedNode {
  return Array.isArray(node) && node.length >= 2 && node.length <= MOST_FIELDS;
}

function idOf([, , id]: PlacedNode): string {
  return textOf(id) ?? '';
}

function invalid(what: string): DiagnosisError {
  return new DiagnosisError(transient('protocol', `answered with what can be no cluster: ${what}.`));
}

/**
 * Reads `host, port, id, [ip, ...]`. A node that should announce a host name and has none is `?`, followed by
 * its IP address.
 */
function readPlace([host, port, , more]: readonly unknown[], at: ReadAt): TcpAddress | undefined {
  const [name, ip] = Array.isArray(more) ? (more as unknown[]) : [];
  return readNodeAddress(textOf(host) === '?' && textOf(name) === 'ip' ? ip : host, port, at);
}

function isSlot(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < SLOTS;
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
      flags: readFlags(flags),
      linked: link === 'connected',
    },
  ];
}

/**
 * Reads an address as a cluster node writes it, and translates it. An empty host, null and `?` stand for the
 * host that was asked. Undefined when it can't be read, or natMap fails for it.
 */
export function readNodeAddress(host: unknown, port: unknown, { asked, translate }: ReadAt): TcpAddress | undefined {
  const name = host === null || host === undefined ? '' : textOf(host);
  const number = Number(textOf(port));
  if (!Number.isInteger(number) || number < 1 || number > 65_535) return undefined;
  if (name === undefined || name.length > LONGEST_HOST) return undefined;
  if (name === '' || name === '?') return { host: asked.host, port: number };
  return NO_HOST.test(name) ? undefined : tryTranslate(translate, { host: name, port: number });
}
