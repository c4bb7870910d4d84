import type { IncomingMessage, ServerResponse } from 'node:http';

import { languageOf, textsIn } from '../pages/language.js';

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1'];
const MISDIRECTED = 421;

type Next = () => void;

/**
 * Ahead of every route: answers 421 to a request for another host than loopback, the address that it came to,
 * or `hostName`. A page whose own name was made to lead here (DNS rebinding) would pass for one of ours
 * otherwise.
 */
export function ownHostOnly(hostName = ''): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  return ({ headers, socket }, response, next) => {
    const asked = hostOf(headers.host);
    const own = [...LOOPBACK, addressOf(socket.localAddress), hostName.toLowerCase()];
    if (asked !== undefined && own.includes(asked)) return next();
    response.writeHead(MISDIRECTED, { 'Content-Type': 'text/plain; charset=utf-8' });
    // As text: our styles and scripts would be refused like this one.
    response.end(`${textsIn(languageOf(headers)).otherHost}\n`);
  };
}

/** Without the port, in small letters; undefined when it is no host. */
function hostOf(header = ''): string | undefined {
  const [, six, name] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(header) ?? [];
  return (six ?? name)?.toLowerCase();
}

/** IPv4 as such on a socket that takes both. */
function addressOf(localAddress: string | undefined): string | undefined {
  return localAddress?.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}
