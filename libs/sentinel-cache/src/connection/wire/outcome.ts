/** How a command that was sent ended: answered, refused by the server, or lost with the socket. */
export type Outcome =
  | { readonly kind: 'reply'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'lost' }
  /** It could not be written, being longer than a string can be: nothing was sent. */
  | { readonly kind: 'unsent'; readonly message: string };

/** The socket broke before the reply. */
export const LOST: Outcome = Object.freeze({ kind: 'lost' });
