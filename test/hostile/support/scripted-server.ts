import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import type { HostileReply } from './frames.js';

/** What a scripted server is. */
export type Role = 'data' | 'sentinel' | 'cluster';

/**
 * Greets each connection as a real server of its role does. After that it answers as one that is well, or with what `hostile` gives, as long
 * as that gives something.
 */
export class ScriptedServer {
  /** Gives the hostile reply to a command; undefined: it is well. */
  hostile: ((words: readonly string[]) => HostileReply | undefined) | undefined;
  /** Sentinel: where the primary is. */
  primaryPort = 0;
  /** Takes no connections, as a node that is gone. */
  away = false;
  private readonly values = new Map<string, string>();
  private readonly sockets = new Set<Socket>();
  private readonly greeted = new WeakSet<Socket>();

  private constructor(
    private readonly role: Role,
    private readonly server: Server,
  ) {}

  static async start(role: Role): Promise<ScriptedServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const scripted = new ScriptedServer(role, server);
    server.on('connection', (socket) => scripted.take(socket));
    return scripted;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends every connection, as a restart does. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(socket: Socket): void {
    if (this.away) return void socket.destroy();
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    let unread = '';
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1');
      for (let command = takeCommand(unread); command; command = takeCommand(unread)) {
        unread = unread.slice(command.length);
        this.answer(socket, command.words);
      }
    });
  }

  private answer(socket: Socket, words: readonly string[]): void {
    const name = words[0]!.toUpperCase();
    const greeting = this.greeting(socket, name, words);
    if (greeting !== undefined) return void socket.write(greeting);
    const reply = this.hostile?.(words);
    if (!reply) socket.write(this.well(name, words), 'latin1');
    else if (reply.trickled) trickle(socket, reply.bytes, reply.trickled);
    else socket.write(reply.bytes);
  }

  /** Always proper, up to the first PING of a connection or its first subscription. */
  private greeting(socket: Socket, name: string, words: readonly string[]): string | undefined {
    if (this.greeted.has(socket)) return undefined;
    if (name === 'HELLO') {
      const fields = [
        'server',
        'redis',
        'version',
        '7.2.0',
        'proto',
        'mode',
        this.role === 'sentinel' ? 'sentinel' : 'standalone',
        'role',
        'master',
      ];
      const [server, redis, version, number, proto, mode, modeName, role, master] = fields.map(bulk);
      const pairs = [server, redis, version, number, proto, `:${words[1] ?? 2}\r\n`, mode, modeName, role, master];
      return words[1] === '3' ? `%5\r\n${pairs.join('')}` : `*10\r\n${pairs.join('')}`;
    }
    if (name === 'SELECT' || name === 'AUTH' || name === 'CLIENT') return '+OK\r\n';
    if (name === 'PING') {
      this.greeted.add(socket);
      return '+PONG\r\n';
    }
    if (name !== 'SUBSCRIBE' && name !== 'PSUBSCRIBE') return undefined;
    return words
      .slice(1)
      .map((channel, i) => `>3\r\n${bulk(name.toLowerCase())}${bulk(channel)}:${i + 1}\r\n`)
      .join('');
  }

  private well(name: string, [, first = '', second = '']: readonly string[]): string {
    if (name === 'SET') {
      this.values.set(first, second);
      return '+OK\r\n';
    }
    if (name === 'GET') return this.values.has(first) ? bulk(this.values.get(first)!) : '$-1\r\n';
    if (name === 'PING') return '+PONG\r\n';
    if (name === 'SENTINEL') return this.asSentinel(first.toUpperCase());
    if (name === 'CLUSTER' && first.toUpperCase() === 'SLOTS')
      return `*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n${bulk('127.0.0.1')}:${this.port}\r\n${bulk('me')}`;
    if (name === 'CLUSTER') return bulk(`me 127.0.0.1:${this.port}@1 myself,master - 0 0 1 connected 0-16383\n`);
    return '-ERR unknown command\r\n';
  }

  private asSentinel(question: string): string {
    if (question === 'GET-MASTER-ADDR-BY-NAME') return `*2\r\n${bulk('127.0.0.1')}${bulk(String(this.primaryPort))}`;
    if (question === 'REPLICAS' || question === 'SENTINELS') return '*0\r\n';
    return `-NOPERM this user has no permissions to run the 'sentinel|${question.toLowerCase()}' command\r\n`;
  }
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** The first whole command in what was read, and how long it is. */
function takeCommand(text: string): { readonly words: readonly string[]; readonly length: number } | undefined {
  const header = /^\*(\d+)\r\n/.exec(text);
  if (!header) return undefined;
  let at = header[0].length;
  const words: string[] = [];
  for (let left = Number(header[1]); left > 0; left -= 1) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number(text.slice(at + 1, end));
    if (text.length < end + 4 + size) return undefined;
    words.push(text.slice(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
  return { words, length: at };
}

function trickle(socket: Socket, bytes: Buffer, size: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || at >= bytes.length) return clearInterval(timer);
    socket.write(bytes.subarray(at, at + size));
    at += size;
  }, 1);
}
