import type { Socket } from 'node:net';

/**
 * Ends a socket with a RST. Node sends one only after what is still to be written, and never on a socket
 * whose end is under way; such a socket is closed instead, so that nothing can keep it.
 */
export function resetSocket(socket: Socket): void {
  if (socket.connecting || socket.writableEnded || socket.writableLength > 0) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
