import type { TagStore } from '../port/tag-store.js';

/** Tags that rule nothing: each write succeeds, and nothing is there afterwards. */
export const DUMMY_TAGS: TagStore = Object.freeze({
  generations: async (_names: readonly string[], made: readonly string[]) => made.map((generation) => Buffer.from(generation)),
  write: async () => true,
  remove: async (pairs: readonly unknown[]) => pairs.map(() => null),
  touch: async () => false,
  increment: async () => null,
  move: async () => false,
});
