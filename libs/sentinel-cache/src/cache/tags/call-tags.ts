import type { CallOptions } from '../../backends/port/call-options.js';
import type { TagStamp } from '../../backends/port/tag-stamp.js';
import type { EntryTags } from '../../backends/port/tag-store.js';
import { MOST_INVALIDATED } from '../../keys/tag-names.js';
import type { Lifetime } from '../../time/lifetime.js';
import { isStamp, MOST_TAGS, tagList, tagsAreOff } from './tag-list.js';

/** Tags as a write is called with: those of the caller, or with the generations that they had before. */
export type TagsOption = readonly string[] | TagStamp | undefined;

/** The tags in the calls of one cache. `entryTags`: undefined without OPTIONS.tags. */
export class CallTags {
  constructor(
    private readonly alias: string,
    private readonly entryTags: EntryTags | undefined,
  ) {}

  /** Returns what a call stores entries with; undefined without tags. Throws InvalidArgumentError. */
  of(method: string, { tags }: { readonly tags?: TagsOption }): Pick<CallOptions, 'tags'> | undefined {
    if (tags === undefined) return undefined;
    const { alias } = this;
    if (!this.entryTags) throw tagsAreOff(alias, method);
    return { tags: isStamp(tags) ? tags : tagList({ alias, method, tags, most: MOST_TAGS }) };
  }

  /** Returns what invalidates tags. Throws InvalidArgumentError. */
  invalidation(tags: readonly string[]): (calls: CallOptions) => Promise<void> {
    const { alias, entryTags } = this;
    const method = 'invalidateTags';
    if (!entryTags) throw tagsAreOff(alias, method);
    const distinct = tagList({ alias, method, tags, most: MOST_INVALIDATED });
    return async (calls) => (distinct.length > 0 ? entryTags.invalidate(distinct, calls) : undefined);
  }

  /**
   * Reads the generations of a call's tags. Resolves to the tags as they are when there is nothing to read.
   * Rejects with CacheUnavailableError or CommandRejectedError.
   */
  async stamp(tags: TagsOption, lifetime: Lifetime, calls: CallOptions): Promise<TagsOption> {
    if (!tags || isStamp(tags) || tags.length === 0 || lifetime === 'already-expired') return tags;
    return this.entryTags?.stamp(tags, lifetime, calls);
  }

  /** Whether the generations that a call stores entries with are the present ones. Rejects as `stamp`. */
  async isCurrent(calls: CallOptions): Promise<boolean> {
    const { tags } = calls;
    if (!this.entryTags || !isStamp(tags)) return true;
    const { generations, lifetime } = tags;
    const now = await this.entryTags.stamp([...generations.keys()], lifetime, calls);
    return [...generations].every(([tag, generation]) => now.generations.get(tag) === generation);
  }
}
