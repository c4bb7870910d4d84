import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A server that speaks RESP and answers whatever it likes. */
export interface RespServer extends Address {
  /** Those that are connected right now. */
  readonly sockets: ReadonlySet<Socket>;
  stop(): Promise<void>;
}

/** A map, a push or an array of texts and lists of texts. */
export type Reply = string | number | null | readonly Reply[];

/** `answer` gets each command as its words and gives the bytes to send, or undefined for none. */
export async function startRespServer(
  answer: (words: readonly string[], socket: Socket) => string | undefined,
): Promise<RespServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let unread = '';
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1');
      for (let command = readCommand(unread); command; command = readCommand(unread)) {
        unread = unread.slice(command.length);
        const reply = answer(command.words, socket);
        if (reply !== undefined && socket.writable) socket.write(reply, 'latin1');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    sockets,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The first command of a text, if all of it has arrived, and how much of the text it is. */
function readCommand(text: string): { readonly words: string[]; readonly length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  while (words.length < Number(head[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 24));
    if (!size) return undefined;
    const start = at + size[0].length;
    at = start + Number(size[1]) + 2;
    if (text.length < at) return undefined;
    words.push(text.slice(start, at - 2));
  }
  return { words, length: at };
}

/** Replies as RESP2 writes them; what is new in RESP3 is written by hand where it is needed. */
export function resp(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(resp).join('')}`;
}

/** A push of RESP3: what a server says unasked. */
export function push(...words: readonly Reply[]): string {
  return `>${words.length}\r\n${words.map((word) => resp(word)).join('')}`;
}
