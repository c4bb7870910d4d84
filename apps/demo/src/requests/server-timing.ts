import type { IncomingMessage, ServerResponse } from 'node:http';

type Next = () => void;

/**
 * Ahead of every route: `Server-Timing: total;dur=0.62` says how many milliseconds passed in this process
 * before the head of the response went out. What a browser measures has its own queue and the network in it.
 */
export function serverTiming(): (request: IncomingMessage, response: ServerResponse, next: Next) => void {
  return (_request, response, next) => {
    const beganMs = performance.now();
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    response.writeHead = (...args: unknown[]): ServerResponse => {
      if (!response.headersSent) response.setHeader('Server-Timing', `total;dur=${(performance.now() - beganMs).toFixed(2)}`);
      return writeHead(...args);
    };
    next();
  };
}
