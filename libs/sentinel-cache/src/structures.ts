export type { CacheHashes } from './cache/structures/cache-hashes.js';
export type { CacheSets, StoreOptions } from './cache/structures/cache-sets.js';
export type { CacheSortedSets, ScoreConditions, Scores } from './cache/structures/cache-sorted-sets.js';
export type { IterateOptions, Members } from './cache/structures/cache-structure.js';
export type { ScoreBound, ScoredMember } from './cache/structures/scores.js';
export type { RangeOptions, ScoreRangeOptions, WithScores } from './cache/structures/sorted-set-ranges.js';
