import { fault, parseDatabase, type Parsed } from './location.js';
import type { TcpAddress } from '../shapes/resolved-connection.js';
import { parseHostPort } from './parse-host-port.js';

/** The parts of a django-sentinel LOCATION. */
export interface SentinelLocation {
  /** As written: its case is kept. */
  readonly masterName: string;
  readonly sentinels: readonly TcpAddress[];
  readonly database: number;
}

const EXPECTED = "'master_name/host:port,host:port/db'";

/**
 * Reads `master_name/host:port,host:port/db` (django-sentinel). Stricter than Django where Django guesses:
 *
 * - A list written as one string (`m/h:1/0,m/h:2/0`) is a fault, not database 0.
 * - A fourth part is a fault, not ignored.
 * - The database is a number from 0 on.
 *
 * IPv6 addresses in brackets are allowed. Pure; never throws.
 */
export function parseSentinelLocation(text: string): Parsed<SentinelLocation> {
  if (text.includes('://')) {
    return fault(
      EXPECTED,
      'a URL',
      "This CLIENT_CLASS takes no URL; for redis://service/db write CLIENT_CLASS 'django_redis.client.SentinelClient'.",
    );
  }
  const [masterName = '', servers = '', database, ...further] = text.split('/');
  if (database?.includes(',')) {
    return fault(
      EXPECTED,
      'a list of locations in one string',
      'Name the master and the database once: mymaster/host1:26379,host2:26379/0.',
    );
  }
  if (masterName.trim() === '')
    return fault(EXPECTED, 'no master name', 'Put the name of the master in front: mymaster/host:26379/0.');
  if (/\s/.test(masterName)) return fault(EXPECTED, 'white space in the master name', 'Remove the space.');
  if (masterName.includes('@'))
    return fault(EXPECTED, 'an @ in the master name', 'Credentials do not belong here: write OPTIONS.PASSWORD.');
  if (servers === '')
    return fault(EXPECTED, 'no sentinels', 'List the sentinels after the master name: mymaster/host:26379,host:26379/0.');
  if (database === undefined || database === '')
    return fault(EXPECTED, 'no database', 'End it with the database number: mymaster/host:26379/0.');
  if (further.some((part) => part !== ''))
    return fault(EXPECTED, 'more than three parts', 'Remove what follows the database number.');
  const number = parseDatabase(database);
  if (number === undefined)
    return fault(EXPECTED, 'a database that is no number', 'Write the number of the database: mymaster/host:26379/0.');
  return withSentinels(masterName, servers.split(','), number);
}

function withSentinels(masterName: string, servers: readonly string[], database: number): Parsed<SentinelLocation> {
  const sentinels: TcpAddress[] = [];
  for (const [index, server] of servers.entries()) {
    const parsed = parseHostPort(server, `sentinel ${index + 1} of ${servers.length}`);
    if ('fault' in parsed) return parsed;
    sentinels.push(parsed.value);
  }
  return { value: { masterName, sentinels, database } };
}
