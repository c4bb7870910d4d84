import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/**
 * Destroys what is piped into a response that was replaced: it would never be read to its end, and its file
 * would stay open. Leaves alone what is piped somewhere else as well.
 */
export function endSources(response: ServerResponse): void {
  // A response that has ended unpipes its sources; one that is piped later would wait forever.
  response.on('unpipe', endUnread);
  response.on('pipe', (source: Readable) => source.unpipe(response));
}

/**
 * Destroys the body of a response that was replaced, and what is piped into it. Cancels a stream of the web,
 * that of a `Response` too; `onError` receives what `cancel` rejects with. Any other body holds nothing open.
 */
export function endBody(body: unknown, onError: (error: unknown) => void): void {
  // As Fastify tells them: a `Response` need not be that of Node.
  const isResponse = Object.prototype.toString.call(body) === '[object Response]';
  const stream = Object(isResponse ? (body as Response).body : body) as Partial<Readable & ReadableStream>;
  if (typeof stream.getReader === 'function') {
    stream.cancel?.().catch(onError);
    return;
  }
  if (typeof stream.destroy !== 'function') return;
  stream.on?.('unpipe', endUnread);
  stream.destroy();
}

function endUnread(source: Partial<Readable>): void {
  // `pipe` removes its own listeners first.
  process.nextTick(() => {
    if (source.listenerCount?.('data') !== 0 || source.listenerCount('readable') !== 0) return;
    // A stream in the middle unpipes what is piped into it once it is closed.
    source.on?.('unpipe', endUnread);
    source.destroy?.();
  });
}
