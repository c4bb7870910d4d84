import type { Backend, EntryToken } from '../port/backend.js';
import { belongsTo, type CompanionPair } from '../port/tag-store.js';
import { tokenOf } from '../port/entry-token.js';
import type { MoveStep } from './move-across.js';

/** Returns what `moveAcross` needs to move an entry together with its companion. */
export function movesCompanion(
  { source, from }: { readonly source: Backend; readonly from: CompanionPair },
  { target, to }: { readonly target: Backend; readonly to: CompanionPair },
): Pick<MoveStep, 'source' | 'target'> {
  let companion: Buffer | null = null;
  let companionToken: EntryToken | undefined;
  return {
    source: {
      locks: source.locks,
      has: (key, options) => source.has(key, options),
      getWithLife: async (key, options) => {
        const [entry, beside] = await source.getManyWithLife([key, from.companion], options);
        companionToken = tokenOf(beside?.bytes ?? null);
        companion = entry && beside && belongsTo(beside.bytes, tokenOf(entry.bytes)) ? beside.bytes : null;
        return entry ?? null;
      },
      compareAndSet: (key, token, _bytes, _lifetime, options) => {
        const gone = { key, companion: from.companion, bytes: '', companionBytes: null };
        return source.companions.write([gone], 'already-expired', { token, companionToken }, options);
      },
    },
    target: {
      set: (key, bytes, lifetime, condition, options) => {
        const entry = { key, companion: to.companion, bytes, companionBytes: companion };
        return target.companions.write([entry], lifetime, condition, options);
      },
    },
  };
}
