import type { NodeKind } from '../../../telemetry/monitor-event.js';
import { addressText } from '../../contract/node-address.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';
import { readSwitch } from './sentinel-reply.js';
import { toAddress } from '../../wire/reply-fields.js';
import type { SentinelNewsItem } from '../../contract/client-event.js';

/** One message of a sentinel. It may contain any text. */
export interface SentinelMessage {
  readonly channel: string;
  readonly message: string;
}

/** Which sentinel sent a message, and which master we ask about. */
export interface EventContext {
  /** Messages about other masters are ignored. */
  readonly masterName: string;
  /** `host:port` of the sentinel. */
  readonly sentinel: string;
  /** Translates an address (natMap). */
  readonly translate?: (address: TcpAddress) => TcpAddress;
}

/** Longer messages are ignored; Sentinel's own are shorter. */
const LONGEST = 1024;

/** What a message is about: `master NAME HOST PORT ...` or `KIND NAME HOST PORT @ MASTER HOST PORT ...`. */
interface Subject {
  readonly node: NodeKind;
  readonly address: string;
  /** The primary that the node belongs to; the node itself, if it is one. */
  readonly primary: string;
  readonly rest: string;
}

type Reader = (subject: Subject, listener: EventContext) => SentinelNewsItem | undefined;

const KINDS: ReadonlyMap<string, NodeKind> = new Map([
  ['master', 'primary'],
  ['slave', 'replica'],
  ['sentinel', 'sentinel'],
]);

/** A reader for each channel. `+set` is left out on purpose: its value may be a password. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['+sdown', ({ address, node }) => ({ type: 'node-unreachable', address, node })],
  ['-sdown', ({ address, node }) => ({ type: 'node-reachable', address, node })],
  ['+odown', about('primary', ({ address, rest }) => ({ type: 'primary-down-agreed', address, ...readVotes(rest) }))],
  ['-odown', about('primary', ({ address }) => ({ type: 'primary-down-withdrawn', address }))],
  ['+try-failover', about('primary', ({ address }) => ({ type: 'failover-started', address }))],
  ['+elected-leader', about('primary', ({ address }) => ({ type: 'failover-leader-elected', address }))],
  ['+selected-slave', ofReplica('replica-selected')],
  ['+promoted-slave', ofReplica('replica-promoted')],
  ['+slave-reconf-done', ofReplica('replica-reconfigured')],
  ['+failover-end', about('primary', ({ address }) => ({ type: 'failover-ended', address, timedOut: false }))],
  ['+failover-end-for-timeout', about('primary', ({ address }) => ({ type: 'failover-ended', address, timedOut: true }))],
  ['-failover-abort-not-elected', aborted('not-elected')],
  ['-failover-abort-no-good-slave', aborted('no-good-replica')],
  ['-failover-abort-slave-timeout', aborted('replica-timeout')],
  ['+slave', ofReplica('replica-added')],
  ['+convert-to-slave', ofReplica('node-demoted')],
  ['+fix-slave-config', ofReplica('replica-redirected')],
  ['+role-change', readRoleChange],
  ['-role-change', readRoleChange],
  ['+reboot', ({ address, node }) => ({ type: 'node-restarted', address, node })],
  ['+sentinel', about('sentinel', ({ address }) => ({ type: 'sentinel-added', address }))],
  ['+sentinel-address-switch', about('primary', readAddressSwitch)],
  ['+monitor', about('primary', ({ address, rest }) => ({ type: 'monitoring-started', address, quorum: readQuorum(rest) }))],
  ['-monitor', about('primary', ({ address }) => ({ type: 'monitoring-stopped', address }))],
  ['+reset-master', about('primary', ({ address }) => ({ type: 'monitoring-reset', address }))],
]);

/** The channel that changes the primary. It is subscribed to first and by itself. */
export const SWITCH_CHANNEL = '+switch-master';
/** The other channels that are read. */
export const OTHER_CHANNELS: readonly string[] = [...READERS.keys(), '+tilt', '-tilt'];

/**
 * Reads a message. Undefined when it is about another master, not of interest, or can't be read: a garbled
 * line is neither an event nor an error.
 */
export function readSentinelEvent({ channel, message }: SentinelMessage, listener: EventContext): SentinelNewsItem | undefined {
  if (message.length > LONGEST) return undefined;
  if (channel === '+tilt') return { type: 'tilt-entered', address: listener.sentinel };
  if (channel === '-tilt') return { type: 'tilt-left', address: listener.sentinel };
  if (channel === SWITCH_CHANNEL) return readPrimaryChange(message, listener);
  const reader = READERS.get(channel);
  const subject = reader && readSubject(message, listener);
  return subject && reader(subject, listener);
}

function readPrimaryChange(message: string, listener: EventContext): SentinelNewsItem | undefined {
  const moved = readSwitch(message, listener.masterName);
  const from = moved && readable(moved.from, listener);
  const to = moved && readable(moved.to, listener);
  return from && to ? { type: 'primary-changed', address: to, from, to } : undefined;
}

function readSubject(message: string, listener: EventContext): Subject | undefined {
  const [kind, name, host, port, ...further] = message.split(' ');
  const node = KINDS.get(kind!);
  const address = readable(toAddress(host, port), listener);
  if (!node || !address) return undefined;
  if (node === 'primary')
    return name === listener.masterName ? { node, address, primary: address, rest: further.join(' ') } : undefined;
  const [at, masterName, primaryHost, primaryPort, ...rest] = further;
  const primary = readable(toAddress(primaryHost, primaryPort), listener);
  if (at !== '@' || masterName !== listener.masterName || !primary) return undefined;
  return { node, address, primary, rest: rest.join(' ') };
}

function readable(address: TcpAddress | undefined, { translate }: EventContext): string | undefined {
  if (!address) return undefined;
  try {
    return addressText(translate ? translate(address) : address);
  } catch {
    // A natMap that throws is diagnosed where its answer is needed.
    return undefined;
  }
}

/** A message of this channel must be about a node of that kind. */
function about(node: NodeKind, read: Reader): Reader {
  return (subject, listener) => (subject.node === node ? read(subject, listener) : undefined);
}

/** Announcements about a replica that say nothing else. */
type ReplicaFact = Extract<SentinelNewsItem, { readonly primary: string }>['type'];

function ofReplica(type: ReplicaFact): Reader {
  return about('replica', ({ address, primary }) => ({ type, address, primary }));
}

function aborted(reason: (SentinelNewsItem & { type: 'failover-aborted' })['reason']): Reader {
  return about('primary', ({ address }) => ({ type: 'failover-aborted', address, reason }));
}

function readRoleChange({ address, node, rest }: Subject): SentinelNewsItem | undefined {
  const said = /^new reported role is (master|slave)$/.exec(rest)?.[1];
  return said ? { type: 'role-changed', address, node, role: said === 'master' ? 'primary' : 'replica' } : undefined;
}

function readVotes(rest: string): { votes: number | null; quorum: number | null } {
  const [, votes, quorum] = /^#quorum (\d{1,4})\/(\d{1,4})$/.exec(rest) ?? [];
  return { votes: votes ? Number(votes) : null, quorum: quorum ? Number(quorum) : null };
}

function readQuorum(rest: string): number | null {
  const quorum = /^quorum (\d{1,4})$/.exec(rest)?.[1];
  return quorum ? Number(quorum) : null;
}

function readAddressSwitch({ rest }: Subject, listener: EventContext): SentinelNewsItem | undefined {
  const [ip, host, word, port] = rest.split(' ');
  const address = ip === 'ip' && word === 'port' ? readable(toAddress(host, port), listener) : undefined;
  return address ? { type: 'sentinel-address-changed', address } : undefined;
}
