import { OutgoingMessage, type ServerResponse } from 'node:http';

import { applyTo, headersOfWriteHead, type AnswerWatcher } from './exchange.js';

/** Who looks on while a head leaves. */
export type HeadWatcher = Pick<AnswerWatcher, 'beforeHead' | 'afterHead'>;

/** What is used of Node's response. */
export interface WatchedResponse extends ServerResponse {
  /** Who looks on while the head leaves; undefined for all responses that are not cached. */
  pageHead?: HeadWatcher | undefined;
}

type WriteHead = (this: WatchedResponse, ...args: unknown[]) => unknown;

/** Node's own answer, whatever a session that holds the response says. */
const headersSent = Object.getOwnPropertyDescriptor(OutgoingMessage.prototype, 'headersSent')!.get!;

/** Whether the head of a response is out. */
export function isHeadSent(response: ServerResponse): boolean {
  return headersSent.call(response) as boolean;
}

/**
 * Lets all responses of a prototype tell when their head leaves: below every wrapper that a middleware puts
 * on a response, so that cookies that are set at the last moment are seen.
 */
export function tellHeadsOf(prototype: object): void {
  if (Object.hasOwn(prototype, 'pageHead')) return;
  const { writeHead } = prototype as { writeHead: WriteHead };
  Object.defineProperties(prototype, {
    pageHead: { value: undefined, writable: true, configurable: true },
    writeHead: { value: above(writeHead), writable: true, configurable: true },
  });
}

/** Lets one response tell it, above whatever wrapper is there already. */
export function tellHeadOf(response: WatchedResponse): void {
  response.writeHead = (Object.hasOwn(response, 'writeHead') ? above(response.writeHead) : telling) as ServerResponse['writeHead'];
}

function above(writeHead: (...args: never[]) => unknown): WriteHead {
  return function (...args) {
    return writeTold(this, writeHead as WriteHead, args);
  };
}

function telling(this: WatchedResponse, ...args: unknown[]): unknown {
  return writeTold(this, (Object.getPrototypeOf(this) as { writeHead: WriteHead }).writeHead, args);
}

/** Sets the headers that `writeHead` was given, so that there is one place where they are, and tells. */
function writeTold(response: WatchedResponse, writeHead: WriteHead, args: unknown[]): unknown {
  const watcher = response.pageHead;
  if (!watcher || isHeadSent(response)) return writeHead.apply(response, args);
  response.pageHead = undefined;
  const at = typeof args[1] === 'string' ? 2 : 1;
  for (const [name, value] of headersOfWriteHead(args[at])) response.setHeader(name, value);
  applyTo(response, watcher.beforeHead(response.getHeaders()));
  const result = writeHead.apply(response, args.slice(0, at));
  watcher.afterHead(response.getHeaders());
  return result;
}
