/** What a server sent does not follow the protocol, or exceeds the limits. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
