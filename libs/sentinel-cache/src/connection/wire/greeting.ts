import { permanent, transient, type Diagnosis } from './diagnosis.js';
import { readFields } from './reply-fields.js';
import type { Credentials } from '../../settings/shapes/resolved-connection.js';

/** What a node says of itself in its reply to HELLO. */
export interface NodeFacts {
  /** `redis`, `valkey`, ... */
  readonly server: string;
  readonly version: string;
  readonly role: 'master' | 'replica' | 'unknown';
}

const UNNAMED = 'unknown';
/** Versions are logged: nothing else may be in them. */
const VERSION = /^[\w.+-]{1,40}$/;

/** The oldest servers that have the commands that are used here. */
const OLDEST: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['redis', [6, 2]],
  ['valkey', [7, 2]],
]);

/** Makes the arguments of HELLO: protocol, credentials, client name. */
export function helloArguments(protocol: 2 | 3, { username, password }: Credentials, clientName?: string | null): string[] {
  const auth = password || username ? ['AUTH', username || 'default', password ?? ''] : [];
  return [String(protocol), ...auth, ...(clientName ? ['SETNAME', clientName] : [])];
}

/** Reads the reply to HELLO. Its `role` needs no permission, unlike INFO and ROLE. */
export function readGreeting(reply: unknown): NodeFacts {
  const fields = readFields(reply);
  const role = fields.get('role');
  return {
    server: fields.get('server') ?? UNNAMED,
    version: VERSION.exec(fields.get('version') ?? '')?.[0] ?? '0',
    role: role === 'master' ? 'master' : role === 'replica' || role === 'slave' ? 'replica' : 'unknown',
  };
}

/** Whether a reply to HELLO is a sentinel's. */
export function isGreetingOfSentinel(reply: unknown): boolean {
  return readFields(reply).get('mode') === 'sentinel';
}

/**
 * Returns why a server can't be used: too old, or no Redis. Undefined when it can; servers of other names are
 * believed.
 */
export function judgeServer(facts: NodeFacts, label: string): Diagnosis | undefined {
  if (facts.server === UNNAMED)
    return transient('protocol', `${label} answered HELLO with something that is no greeting of Redis.`);
  const oldest = OLDEST.get(facts.server);
  if (!oldest) return undefined;
  const [major = 0, minor = 0] = facts.version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return permanent(
    'unsupported-server',
    `${label} is ${facts.server} ${facts.version}; the oldest that will do is ${facts.server} ${oldest.join('.')}. Upgrade the server.`,
  );
}
