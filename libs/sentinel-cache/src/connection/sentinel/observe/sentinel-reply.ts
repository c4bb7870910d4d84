import { isDown, MOST_REPLICAS, readFields, readFlags, toAddress, toNumber } from '../../wire/reply-fields.js';
import type { ListedReplica, SentinelAnswer } from '../decide/failover-facts.js';
import { transient } from '../../wire/diagnosis.js';
import type { TcpAddress } from '../../../settings/shapes/resolved-connection.js';

/** A sentinel as another one lists it. */
export interface ListedSentinel {
  readonly address: TcpAddress;
  /** Its id; empty while the other one does not know it. */
  readonly id: string;
  /** Whether it answers the other one. */
  readonly up: boolean;
}

/** Further sentinels of a list are ignored. */
const MOST_SENTINELS_READ = 64;

/** Reads `SENTINEL GET-MASTER-ADDR-BY-NAME` and, where it is allowed, `SENTINEL MASTER`. */
export function readMaster(addressReply: unknown, masterReply: unknown): SentinelAnswer {
  if (addressReply === null) return { kind: 'unknown-master' };
  const [host, port] = Array.isArray(addressReply) ? addressReply : [];
  const address = toAddress(host, port);
  if (!address)
    return { kind: 'silent', diagnosis: transient('no-sentinel', 'a sentinel answered with something that is no address.') };
  const fields = readFields(masterReply);
  return {
    kind: 'address',
    address,
    epoch: toNumber(fields.get('config-epoch')),
    otherSentinels: toNumber(fields.get('num-other-sentinels')),
  };
}

/** Reads `SENTINEL REPLICAS`: at most 64 of them. */
export function readReplicas(reply: unknown): ListedReplica[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, MOST_REPLICAS).flatMap((entry) => {
    const fields = readFields(entry);
    const address = toAddress(fields.get('ip'), fields.get('port'));
    if (!address) return [];
    const usable = !isDown(readFlags(fields.get('flags')));
    return [{ address, usable, linked: fields.get('master-link-status') !== 'err' }];
  });
}

/** Reads `SENTINEL SENTINELS`: the other sentinels that one knows, at most 64 of them. */
export function readSentinels(reply: unknown): ListedSentinel[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, MOST_SENTINELS_READ).flatMap((entry) => {
    const fields = readFields(entry);
    const address = toAddress(fields.get('ip'), fields.get('port'));
    const id = fields.get('runid') ?? '';
    return address ? [{ address, id, up: !isDown(readFlags(fields.get('flags'))) }] : [];
  });
}

/**
 * Reads a message of `+switch-master`: name, old address, new address. Undefined when it is about another
 * master.
 */
export function readSwitch(message: string, masterName: string): { from: TcpAddress; to: TcpAddress } | undefined {
  // Four words are the addresses; the others are the name of the master.
  const words = message.split(' ');
  if (words.length < 5 || words.slice(0, -4).join(' ') !== masterName) return undefined;
  const [fromHost, fromPort, toHost, toPort] = words.slice(-4);
  const from = toAddress(fromHost, fromPort);
  const to = toAddress(toHost, toPort);
  return from && to ? { from, to } : undefined;
}
