/** How a command that was sent ended: answered, refused by the server, or lost with the socket. */
export type Outcome =
  | { readonly kind: 'reply'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'lost' }
  /** A reply that is none to what was asked. `words`: what was expected, and what came. */
  | { readonly kind: 'unexpected'; readonly words: string }
  /** It could not be written, being longer than a string can be: nothing was sent. */
  | { readonly kind: 'unsent'; readonly message: string };

/** The socket broke before the reply. */
export const LOST: Extract<Outcome, { kind: 'lost' }> = Object.freeze({ kind: 'lost' });
