/** What a server sent is not the protocol, or more than it may send. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
