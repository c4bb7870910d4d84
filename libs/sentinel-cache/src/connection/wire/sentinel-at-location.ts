import { permanent, type Diagnosis } from './diagnosis.js';
import { textOf } from '../resp/reply-shape.js';
import { addressText } from '../contract/node-address.js';
import type { NodeAddress } from '../../settings/shapes/resolved-connection.js';

/** Where sentinels listen unless they are told otherwise. */
const SENTINEL_PORT = 26_379;
const MASTER_NAME = /^[\w.:-]{1,100}$/;
/** More names than these are not listed. */
const MOST_NAMES = 5;

/**
 * Explains that a server at an address of LOCATION is a sentinel, by its reply to ROLE; undefined when it is
 * none. Names the LOCATION to write: a sentinel says whom it watches.
 */
export function diagnoseSentinel(roleReply: unknown, label: string, database: number): Diagnosis | undefined {
  if (!Array.isArray(roleReply) || textOf(roleReply[0]) !== 'sentinel') return undefined;
  const watched = (Array.isArray(roleReply[1]) ? (roleReply[1] as unknown[]) : []).map((name) => textOf(name) ?? '');
  const names = watched.filter((name) => MASTER_NAME.test(name));
  const others = names.length > 1 ? ` It watches ${names.slice(0, MOST_NAMES).join(', ')}: name yours.` : '';
  return permanent(
    'no-primary',
    `${label} is a sentinel, and LOCATION names it as a Redis server. ${remedyFor(label, database, names[0])}${others}`,
  );
}

/** Adds to why a server can't be had that its port is one of sentinels. */
export function withPortHint(diagnosis: Diagnosis, address: NodeAddress, database: number): Diagnosis {
  if ('path' in address || address.port !== SENTINEL_PORT || isAboutSentinel(diagnosis)) return diagnosis;
  const hint = `${SENTINEL_PORT} is the port of sentinels: is this one? ${remedyFor(addressText(address), database)}`;
  return { ...diagnosis, message: `${diagnosis.message} ${hint}` };
}

function isAboutSentinel({ reason, permanent: lasts }: Diagnosis): boolean {
  return reason === 'no-primary' && lasts;
}

function remedyFor(label: string, database: number, masterName = 'mymaster'): string {
  return `For Redis Sentinel write LOCATION: '${masterName}/${label}/${database}' and OPTIONS: { CLIENT_CLASS: 'sentinel' }.`;
}
