import { resp, startRespServer, type RespServer } from './resp-server.js';

/** A Redis of the attacker's: calls itself a primary, takes any password, and says OK to everything. */
export interface Attacker extends RespServer {
  /** What came as credentials. */
  readonly auths: string[];
  /** Commands that are neither greeting nor question about itself: what callers meant for their Redis. */
  readonly commands: string[];
}

const GREETING = [
  'server',
  'redis',
  'version',
  '7.2.5',
  'proto',
  2,
  'id',
  1,
  'mode',
  'standalone',
  'role',
  'master',
  'modules',
  [],
];
/** What a client asks about the node itself. */
const ABOUT_ITSELF = ['AUTH', 'HELLO', 'SELECT', 'PING', 'CLIENT', 'ROLE', 'INFO'];

export async function startAttacker(): Promise<Attacker> {
  const auths: string[] = [];
  const commands: string[] = [];
  const server = await startRespServer((words) => {
    const name = words[0]!.toUpperCase();
    const auth = name === 'AUTH' ? 0 : words.findIndex((word) => word.toUpperCase() === 'AUTH');
    if (auth >= 0) auths.push(words.slice(auth + 1).join(' '));
    if (!ABOUT_ITSELF.includes(name)) commands.push(words.slice(0, 2).join(' '));
    if (name === 'HELLO') return resp(GREETING);
    return name === 'PING' ? '+PONG\r\n' : '+OK\r\n';
  });
  return { ...server, auths, commands };
}
