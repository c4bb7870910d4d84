/** What one method of a cache with IGNORE_EXCEPTIONS does in an outage. */
export type IgnoredOutage =
  /** It resolves to `answer()`, as if there were no entry. `django`: what django-redis does. */
  | { readonly does: 'answers'; readonly answer: () => unknown; readonly words: string; readonly django: string }
  /** It rejects all the same: any answer would be mistaken for the truth. */
  | { readonly does: 'rejects'; readonly why: string }
  /** It sends nothing, or returns an object whose own calls do. */
  | { readonly does: 'asks nobody'; readonly words: string }
  /** Users don't see it. */
  | { readonly does: 'is internal' };

const NONE = 'None';
const RAISES = 'raises';

function answers(answer: () => unknown, words: string, django: string): Extract<IgnoredOutage, { does: 'answers' }> {
  return { does: 'answers', answer, words, django };
}

/** The methods that this table answers. */
export type AnsweredMethod = {
  [Method in keyof typeof IGNORED_OUTAGES]: (typeof IGNORED_OUTAGES)[Method] extends { does: 'answers' } ? Method : never;
}[keyof typeof IGNORED_OUTAGES];

/**
 * IGNORE_EXCEPTIONS, method by method: the answers of the policy, and the table of docs/ignore-exceptions.md.
 * Tests check that each public method has a row.
 */
export const IGNORED_OUTAGES = Object.freeze({
  get: answers(() => undefined, '`undefined`, or `options.default`', 'the default'),
  getWithPttl: answers(() => undefined, '`undefined`', 'has none'),
  getMany: answers(() => new Map(), 'an empty `Map`; of several servers those that are there answer', '`{}`'),
  getManyWithPttl: answers(() => new Map(), 'an empty `Map`; of several servers those that are there answer', 'has none'),
  getOrSet: answers(() => 'made', 'what the function makes; nothing is stored', 'the same'),
  set: answers(() => false, '`false`', NONE),
  add: answers(() => false, '`false`', NONE),
  setMany: answers(() => undefined, '`undefined`; of several servers those that are there store', NONE),
  delete: answers(() => false, '`false`', NONE),
  deleteMany: answers(() => 0, '0; of several servers the count of those that are there', NONE),
  invalidateTags: answers(() => undefined, '`undefined`; made up for after the outage', 'has none'),
  has: answers(() => false, '`false`', NONE),
  touch: answers(() => false, '`false`', RAISES),
  persist: answers(() => false, '`false`', RAISES),
  expire: answers(() => false, '`false`', RAISES),
  pexpire: answers(() => false, '`false`', RAISES),
  expireAt: answers(() => false, '`false`', RAISES),
  pexpireAt: answers(() => false, '`false`', RAISES),
  ttl: answers(() => 0, '0', RAISES),
  pttl: answers(() => 0, '0', RAISES),
  incr: answers(() => null, '`null`: a made-up number would be taken for a count', NONE),
  decr: answers(() => null, '`null`', NONE),
  incrVersion: answers(() => null, '`null`', NONE),
  decrVersion: answers(() => null, '`null`', NONE),
  keys: answers((): string[] => [], '`[]`; of several servers the keys of those that are there', NONE),
  iterKeys: answers((): string[] => [], 'ends early', RAISES),
  deletePattern: answers(() => 0, '0; of several servers the count of those that are there', NONE),
  iterStoredKeys: answers((): string[] => [], 'ends early', 'has none'),
  deleteStoredKeys: answers(() => 0, '0; of several servers the count of those that are there', 'has none'),
  clear: answers(() => undefined, '`undefined`; `clear({ database: true })` rejects', NONE),
  sets: {
    does: 'asks nobody',
    words: 'its methods answer with what is empty: `new Set()`, `[]`, 0, `false`, `undefined`; `iterate` ends early',
  },
  hashes: {
    does: 'asks nobody',
    words: 'its methods answer with what is empty: `new Map()`, `[]`, 0, `false`, `undefined`; `iterate` ends early',
  },
  sortedSets: { does: 'asks nobody', words: 'its methods answer with what is empty: `[]`, 0, `undefined`; `iterate` ends early' },
  lock: { does: 'asks nobody', words: 'its methods reject: a lock that nobody could ask for is not held' },
  getWithToken: { does: 'rejects', why: 'a token stands for what is there, or for its absence' },
  compareAndSet: { does: 'rejects', why: '`false` means that another was faster' },
  command: { does: 'rejects', why: 'nobody knows what no answer means for it' },
  alias: { does: 'asks nobody', words: 'the name in CACHES' },
  makeKey: { does: 'asks nobody', words: 'the stored key' },
  stampTags: { does: 'is internal' },
  keepsDates: { does: 'is internal' },
  withSecretKeys: { does: 'is internal' },
  ignoringOutages: { does: 'is internal' },
  ignoresOutages: { does: 'is internal' },
} satisfies Readonly<Record<string, IgnoredOutage>>);
