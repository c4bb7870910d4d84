/** How a command that was handed to a socket ended: answered, refused by the server, or lost with the socket. */
export type Outcome =
  | { readonly kind: 'reply'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'lost' }
  /** It could not even be written down (longer than any string): nothing was sent. */
  | { readonly kind: 'unsent'; readonly message: string };

export const LOST: Outcome = Object.freeze({ kind: 'lost' });
