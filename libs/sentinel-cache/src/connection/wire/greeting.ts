import { permanent, transient, type Diagnosis } from './diagnosis.js';
import { readFields } from './reply-fields.js';
import type { Credentials } from '../../settings/shapes/resolved-connection.js';

/** What a node says of itself in its reply to HELLO. */
export interface NodeFacts {
  readonly server: string;
  readonly version: string;
  readonly role: 'master' | 'replica' | 'unknown';
}

const UNNAMED = 'unknown';
/** What a version may look like in a log. */
const VERSION = /^[\w.+-]{1,40}$/;

/** The oldest servers that can do what is needed here. */
const OLDEST: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['redis', [6, 2]],
  ['valkey', [7, 2]],
]);

/** What HELLO is asked: the protocol, and who we are. */
export function helloArguments(protocol: 2 | 3, { username, password }: Credentials, clientName?: string | null): string[] {
  const auth = password || username ? ['AUTH', username || 'default', password ?? ''] : [];
  return [String(protocol), ...auth, ...(clientName ? ['SETNAME', clientName] : [])];
}

/** Reads HELLO's reply: a flat list of names and values. Its `role` needs no permission, unlike INFO and ROLE. */
export function readGreeting(reply: unknown): NodeFacts {
  const fields = readFields(reply);
  const role = fields.get('role');
  return {
    server: fields.get('server') ?? UNNAMED,
    version: VERSION.exec(fields.get('version') ?? '')?.[0] ?? '0',
    role: role === 'master' ? 'master' : role === 'replica' || role === 'slave' ? 'replica' : 'unknown',
  };
}

/** The diagnosis when the server is too old, or none at all; undefined when it will do. Servers of another name are taken at their word. */
export function judgeServer(facts: NodeFacts, who: string): Diagnosis | undefined {
  if (facts.server === UNNAMED)
    return transient('protocol', `${who} answered HELLO with something that is no greeting of Redis.`);
  const oldest = OLDEST.get(facts.server);
  if (!oldest) return undefined;
  const [major = 0, minor = 0] = facts.version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return permanent(
    'unsupported-server',
    `${who} is ${facts.server} ${facts.version}; the oldest that will do is ${facts.server} ${oldest.join('.')}. Upgrade the server.`,
  );
}
