import type { Socket } from 'node:net';

import { resp, startRespServer, type Address, type RespServer } from './resp-server.js';

/** What a sentinel knows of one master. */
export interface Knowledge {
  readonly primary: Address;
  readonly replicas: readonly Address[];
  readonly sentinels: readonly (Address & { readonly id: string })[];
  /** Its own id. */
  readonly id: string;
  readonly epoch: number;
}

/** A message of a sentinel: channel and text. */
export type Message = readonly [channel: string, text: string];

/** What a rogue says instead of the truth. */
export interface Lies {
  /** Changes what it answers. */
  readonly claims?: (truth: Knowledge) => Partial<Knowledge>;
  /** What it announces, over and over. */
  readonly announces?: (truth: Knowledge) => readonly Message[];
  readonly everyMs?: number;
  /** Ends every connection after so long. */
  readonly hangsUpAfterMs?: number;
}

/** A sentinel that takes any password and lies. Until it is told to, it says the truth. */
export interface RogueSentinel extends RespServer {
  readonly auths: string[];
  /** How often it was asked for the primary. */
  readonly asked: () => number;
  /** What it announced so far. */
  readonly announced: () => number;
  lie(lies: Lies): void;
}

/** `+switch-master` as a sentinel writes it. */
export function switchOf(from: Address, to: Address, masterName = 'mymaster'): Message {
  return ['+switch-master', `${masterName} ${from.host} ${from.port} ${to.host} ${to.port}`];
}

/** What a sentinel says of a replica: `+selected-slave` and the like. */
export function aboutReplica(channel: string, { host, port }: Address, primary: Address, masterName = 'mymaster'): Message {
  return [channel, `slave ${host}:${port} ${host} ${port} @ ${masterName} ${primary.host} ${primary.port}`];
}

export async function startRogueSentinel(truth: () => Knowledge): Promise<RogueSentinel> {
  const auths: string[] = [];
  const channels = new Map<Socket, Set<string>>();
  const counts = { asked: 0, announced: 0 };
  let lies: Lies = {};
  let timer: NodeJS.Timeout | undefined;
  const knows = (): Knowledge => ({ ...truth(), ...lies.claims?.(truth()) });

  const server = await startRespServer((words, socket) => {
    const [name, subcommand = ''] = words.map((word) => word.toUpperCase());
    const auth = words.findIndex((word) => word.toUpperCase() === 'AUTH');
    if (auth >= 0) auths.push(words.slice(auth + 1).join(' '));
    if (lies.hangsUpAfterMs && name === 'HELLO') setTimeout(() => socket.destroy(), lies.hangsUpAfterMs).unref();
    if (name === 'HELLO') return '%1\r\n$4\r\nmode\r\n$8\r\nsentinel\r\n';
    if (name === 'SUBSCRIBE') return subscribe(socket, words.slice(1));
    if (name !== 'SENTINEL') return '+OK\r\n';
    if (subcommand === 'GET-MASTER-ADDR-BY-NAME') counts.asked += 1;
    return answer(subcommand, knows());
  });

  function subscribe(socket: Socket, names: readonly string[]): string {
    const own = channels.get(socket) ?? new Set<string>();
    if (!channels.has(socket)) socket.on('close', () => channels.delete(socket));
    channels.set(socket, own);
    return names.map((channel) => `>3\r\n${resp('subscribe')}${resp(channel)}${resp(own.add(channel).size)}`).join('');
  }

  function announce(): void {
    for (const [channel, text] of lies.announces?.(truth()) ?? []) {
      counts.announced += 1;
      for (const [socket, own] of channels)
        if (own.has(channel) && socket.writable) socket.write(`>3\r\n${resp('message')}${resp(channel)}${resp(text)}`);
    }
  }

  return {
    ...server,
    auths,
    asked: () => counts.asked,
    announced: () => counts.announced,
    lie: (told) => {
      lies = told;
      clearInterval(timer);
      announce();
      if (told.announces) timer = setInterval(announce, told.everyMs ?? 700);
      if (told.hangsUpAfterMs) for (const socket of server.sockets) socket.destroy();
    },
    stop: async () => {
      clearInterval(timer);
      await server.stop();
    },
  };
}

function answer(question: string, { primary, replicas, sentinels, id, epoch }: Knowledge): string {
  if (question === 'GET-MASTER-ADDR-BY-NAME') return resp([primary.host, String(primary.port)]);
  if (question === 'MYID') return resp(id);
  if (question === 'REPLICAS') return resp(replicas.map((one) => fieldsOf(one, 'slave', ['master-link-status', 'ok'])));
  if (question === 'SENTINELS') return resp(sentinels.map((one) => fieldsOf(one, 'sentinel', ['runid', one.id])));
  if (question === 'CKQUORUM') return '+OK 3 usable Sentinels. Quorum and failover authorization can be reached\r\n';
  const counts = ['num-slaves', String(replicas.length), 'num-other-sentinels', String(sentinels.length), 'quorum', '2'];
  return resp(fieldsOf(primary, 'master', ['config-epoch', String(epoch), ...counts]));
}

function fieldsOf({ host, port }: Address, flags: string, more: readonly string[]): string[] {
  return ['name', `${host}:${port}`, 'ip', host, 'port', String(port), 'flags', flags, ...more];
}
