import type { Credentials } from '../settings/resolved-settings.js';
import { definitive, type Trouble } from './trouble.js';

/** What a node says of itself in its reply to HELLO. */
export interface NodeFacts {
  readonly server: string;
  readonly version: string;
  readonly role: 'master' | 'replica' | 'unknown';
}

/** The oldest servers that can do what is needed here. */
const OLDEST: Readonly<Record<string, readonly [number, number]>> = { redis: [6, 2], valkey: [7, 2] };

/** What HELLO is asked: the protocol, and who we are. */
export function helloArguments(protocol: 2 | 3, { username, password }: Credentials, clientName?: string | null): string[] {
  const auth = password || username ? ['AUTH', username || 'default', password ?? ''] : [];
  return [String(protocol), ...auth, ...(clientName ? ['SETNAME', clientName] : [])];
}

/** Reads HELLO's reply: a flat list of names and values. Its `role` needs no permission, unlike INFO and ROLE (fault 10). */
export function readGreeting(reply: unknown): NodeFacts {
  const fields = new Map<string, string>();
  if (Array.isArray(reply)) {
    for (let i = 0; i + 1 < reply.length; i += 2) fields.set(String(reply[i]), String(reply[i + 1]));
  }
  const role = fields.get('role');
  return {
    server: fields.get('server') ?? 'unknown',
    version: fields.get('version') ?? '0',
    role: role === 'master' ? 'master' : role === 'replica' || role === 'slave' ? 'replica' : 'unknown',
  };
}

/** The diagnosis when the server is too old; undefined when it will do. Servers of another name are taken at their word. */
export function judgeServer(facts: NodeFacts, who: string): Trouble | undefined {
  const oldest = OLDEST[facts.server];
  if (!oldest) return undefined;
  const [major = 0, minor = 0] = facts.version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return definitive(
    'unsupported-server',
    `${who} is ${facts.server} ${facts.version}; the oldest that will do is ${facts.server} ${oldest.join('.')}. Upgrade the server.`,
  );
}
