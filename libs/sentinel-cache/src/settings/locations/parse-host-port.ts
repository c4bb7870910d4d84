import { fault, type Parsed } from './location.js';
import type { TcpAddress } from '../shapes/resolved-connection.js';

const DIGITS = /^\d{1,5}$/;
/** Characters that no host name or address has: a slip, or part of another grammar. */
const NO_HOST = /[\s/@,;:[\]\\?#]/;

/**
 * Reads `host:port`. The host may be an IPv6 address in brackets (`[::1]:26379`), which django-sentinel can't
 * read. `what` names the address in the fault: `server 2 of 3`.
 */
export function parseHostPort(text: string, what = 'the server'): Parsed<TcpAddress> {
  const expected = `host:port for ${what}`;
  const bracketed = /^\[([0-9A-Za-z:.%_-]+)\](.*)$/s.exec(text);
  const host = bracketed ? bracketed[1]! : text.split(':')[0]!;
  const rest = bracketed ? bracketed[2]! : text.slice(host.length);
  if (/\s/.test(text)) return fault(expected, 'white space in it', 'Remove the space: addresses are separated by a comma alone.');
  if (text.includes('@')) return fault(expected, 'an @ in it', 'Credentials do not belong here: write OPTIONS.PASSWORD.');
  if (host === '' || (!bracketed && NO_HOST.test(host))) return fault(expected, 'no host', 'Write host:26379.');
  if (rest === '') return fault(expected, 'no port', 'Write the port too: host:26379.');
  if (rest.lastIndexOf(':') > 0) return fault(expected, 'more than one colon', 'Put an IPv6 address into brackets: [::1]:26379.');
  const port = parsePort(rest.slice(1));
  if (port === undefined) return fault(expected, 'no port number', 'Write a port from 1 to 65535: host:26379.');
  return { value: { host, port } };
}

/** Reads a port from 1 to 65535; undefined for anything else. */
export function parsePort(value: unknown): number | undefined {
  const port = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** Whether a value can be the host of an address that is given in two parts. */
export function isHost(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && (!NO_HOST.test(value) || /^[0-9A-Fa-f:.]+(?:%\w+)?$/.test(value));
}
