/** Why the demo can't start, in words for whoever started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
