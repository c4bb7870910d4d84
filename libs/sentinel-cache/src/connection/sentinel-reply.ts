import { textOf } from './reply-shape.js';
import type { SentinelAnswer, TcpAddress } from './sentinel-facts.js';
import { passing } from './trouble.js';

/** A replica as a sentinel lists it. */
export interface ListedReplica {
  readonly address: TcpAddress;
  /** It answers the sentinel. */
  readonly usable: boolean;
  /** Its link to its primary stands, as far as the sentinel knows. */
  readonly linked: boolean;
}

/** A sentinel as another one lists it. */
export interface ListedSentinel {
  readonly address: TcpAddress;
  /** Its run id; empty where it is not known yet. */
  readonly id: string;
  /** It answers the one that lists it. */
  readonly up: boolean;
}

/** Reads `SENTINEL GET-MASTER-ADDR-BY-NAME` and, where it may be asked, `SENTINEL MASTER`. */
export function readMaster(addressReply: unknown, masterReply: unknown): SentinelAnswer {
  if (addressReply === null) return { kind: 'unknown-master' };
  const [host, port] = Array.isArray(addressReply) ? addressReply : [];
  const address = toAddress(host, port);
  if (!address)
    return { kind: 'silent', trouble: passing('no-sentinel', 'a sentinel answered with something that is no address.') };
  const fields = readFields(masterReply);
  return {
    kind: 'address',
    address,
    epoch: toNumber(fields.get('config-epoch')),
    otherSentinels: toNumber(fields.get('num-other-sentinels')),
  };
}

/** Reads `SENTINEL REPLICAS`. */
export function readReplicas(reply: unknown): ListedReplica[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, MOST_REPLICAS).flatMap((entry) => {
    const fields = readFields(entry);
    const address = toAddress(fields.get('ip'), fields.get('port'));
    if (!address) return [];
    const down = /s_down|o_down|disconnected/.test(fields.get('flags') ?? '');
    return [{ address, usable: !down, linked: fields.get('master-link-status') !== 'err' }];
  });
}

/** Reads `SENTINEL SENTINELS`: the others that a sentinel knows, itself not among them. */
export function readSentinels(reply: unknown): ListedSentinel[] {
  if (!Array.isArray(reply)) return [];
  return reply.slice(0, MOST_SENTINELS_READ).flatMap((entry) => {
    const fields = readFields(entry);
    const address = toAddress(fields.get('ip'), fields.get('port'));
    const id = fields.get('runid') ?? '';
    return address ? [{ address, id, up: !/s_down|o_down|disconnected/.test(fields.get('flags') ?? '') }] : [];
  });
}

/** Reads the message of `+switch-master`: name, old address, new address. Undefined when it is not of this master. */
export function readSwitch(message: string, masterName: string): { from: TcpAddress; to: TcpAddress } | undefined {
  // A master's name holds no blanks, so the last four words are the addresses.
  const words = message.split(' ');
  if (words.length < 5 || words.slice(0, -4).join(' ') !== masterName) return undefined;
  const [fromHost, fromPort, toHost, toPort] = words.slice(-4);
  const from = toAddress(fromHost, fromPort);
  const to = toAddress(toHost, toPort);
  return from && to ? { from, to } : undefined;
}

/** A reply of names and values in turn. What is neither text nor a number is left out, and a list of too many is none. */
export function readFields(reply: unknown): Map<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply) || reply.length > 2 * MOST_FIELDS) return fields;
  for (let i = 0; i + 1 < reply.length; i += 2) {
    const [name, value] = [textOf(reply[i]), textOf(reply[i + 1])];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  return fields;
}

/** Ten times what any server says of itself. */
const MOST_FIELDS = 500;
/** More replicas than that are not looked at. */
export const MOST_REPLICAS = 64;
/** More sentinels in one list are not looked at. */
const MOST_SENTINELS_READ = 64;

/** What a name or an address may consist of: what a sentinel says gets into logs. */
const HOST = /^[\w.:%-]{1,255}$/;

/** A host and a port as a sentinel writes them; undefined when they are none. */
export function toAddress(host: unknown, port: unknown): TcpAddress | undefined {
  const number = Number(textOf(port));
  const name = textOf(host) ?? '';
  return HOST.test(name) && Number.isInteger(number) && number > 0 && number < 65_536 ? { host: name, port: number } : undefined;
}

/** A whole number; null for anything else. */
export function toNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
