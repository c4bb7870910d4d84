import type { Backend } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { surroundBackend, type Changes } from '../../backends/port/surround-backend.js';
import { isOutage } from '../../errors/is-outage.js';
import { InvalidationReplay, type InvalidationReplayOptions } from './invalidation-replay.js';
import type { MissedInvalidation } from './missed-invalidations.js';

/** A backend that keeps invalidations whose failure no caller hears of. */
export interface ReplayingBackend {
  readonly backend: Backend;
  /** Ends what is kept. */
  readonly close: () => void;
}

/**
 * Returns the same backend, which keeps what a call with `replays` could not invalidate, and sends it again
 * after the outage, unless a later call of this process wrote the entry. `inner` is what `observedBackend`
 * returns: an object whose methods are its own.
 */
export function replayingBackend(inner: Backend, onEnded: InvalidationReplayOptions['onEnded']): ReplayingBackend {
  const send = async ({ kind, name }: MissedInvalidation): Promise<unknown> => {
    const calls = { failFast: true, operation: { method: 'replay' } };
    return kind === 'key' ? inner.delete([name], calls) : inner.tags?.invalidate([name], calls);
  };
  const replay = new InvalidationReplay({ send, onEnded });
  const kept = async <T>(
    missed: () => readonly MissedInvalidation[],
    options: CallOptions | undefined,
    call: (options?: CallOptions) => Promise<T>,
  ): Promise<T> => {
    if (!options?.replays) return call(options);
    const noted = notingTolerated(options);
    let isMissed = false;
    try {
      return await call(noted.options);
    } catch (error) {
      isMissed = isOutage(error);
      throw error;
    } finally {
      if (isMissed || noted.isPartial()) replay.keep(missed());
    }
  };
  const keysMissed = (keys: readonly string[]) => (): MissedInvalidation[] => keys.map((name) => ({ kind: 'key', name }));
  const tagsMissed = (tags: readonly string[]) => (): MissedInvalidation[] => tags.map((name) => ({ kind: 'tag', name }));
  const surrounded = surroundBackend(inner, {
    isActive: () => !replay.isIdle,
    run: ({ changes }, make) => (supersedes(changes) ? replay.writing(changes.keys, make, isDone) : make()),
  });
  const { tags } = inner;
  const backend: Backend = {
    ...surrounded,
    setMany: (entries, lifetime, options) => {
      if (replay.isIdle || !options?.tolerates) return surrounded.setMany(entries, lifetime, options);
      const noted = notingTolerated(options);
      const keys = entries.map(([key]) => key);
      return replay.writing(
        keys,
        () => inner.setMany(entries, lifetime, noted.options),
        () => !noted.isPartial(),
      );
    },
    delete: (keys, options) => kept(keysMissed(keys), options, (calls) => inner.delete(keys, calls)),
    ...(tags && {
      tags: {
        stamp: tags.stamp,
        invalidate: (names, options) => kept(tagsMissed(names), options, (calls) => tags.invalidate(names, calls)),
      },
    }),
  };
  return { backend, close: () => replay.close() };
}

/** Returns the options of a call that notes whether a part of it failed, and that was tolerated. */
function notingTolerated(options: CallOptions): { readonly options: CallOptions; readonly isPartial: () => boolean } {
  const { tolerates } = options;
  if (!tolerates) return { options, isPartial: () => false };
  let isPartial = false;
  const noting = (failure: unknown): boolean => tolerates(failure) && (isPartial = true);
  return { options: { ...options, tolerates: noting }, isPartial: () => isPartial };
}

/** A new life of an entry says nothing of its bytes: it is still the one that was to be deleted. */
function supersedes(changes: Changes | undefined): changes is Changes & { readonly keys: readonly string[] } {
  return changes !== undefined && changes.keys !== 'any' && !changes.livesOnly;
}

/** Whether a write was carried out, by what it resolved to. */
function isDone(result: unknown): boolean {
  return result !== false && result !== null;
}
