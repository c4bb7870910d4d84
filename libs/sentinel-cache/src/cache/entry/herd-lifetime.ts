import type { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import type { Backend, LivingLifetime } from '../../backends/port/backend.js';
import type { CallOptions } from '../../backends/port/call-options.js';
import { NO_VALUE, type EntrySpace } from './entry-space.js';
import type { Herd } from './herd.js';

interface HerdTouch {
  readonly space: EntrySpace;
  readonly herd: Herd;
  readonly backend: Backend;
  readonly calls: CallOptions;
  /** The stored key. */
  readonly key: string;
  readonly lifetime: LivingLifetime;
}

/**
 * Gives an entry of a herd cache a new soft end and expiry. Resolves to whether there is one whose soft end
 * is not past; for `forever`, to whether it had an end. Uses compare-and-set: Django reads and sets, and so
 * may overwrite what another caller wrote meanwhile.
 */
export async function touchHerd({ space, herd, backend, calls, key, lifetime }: HerdTouch): Promise<boolean> {
  const { bytes, token } = await backend.getWithToken(key, calls);
  if (bytes === null) return false;
  const stored = space.readable(bytes, key);
  if (stored === NO_VALUE) return false;
  const entry = herd.unpack(stored);
  if (entry.soft === undefined && lifetime === 'forever') return backend.touch(key, lifetime, calls);
  if (herd.judge(entry) !== 'fresh') return false;
  const packed = space.pack(entry.value, key, lifetime);
  // A faster writer counts as having written after us: its lifetime stays.
  await backend.compareAndSet(key, token, packed.bytes, packed.lifetime, { ...calls, keepsTags: true });
  return true;
}

/** Says that a number of a HerdClient cache can't be counted by Redis. */
export function uncountable(space: EntrySpace, method: string): InvalidArgumentError {
  return space.invalid(
    `${method}: a number in a HerdClient cache lies inside a pickle, where Redis can't count (Django: NotImplementedError). ` +
      'Count in a cache with DefaultClient.',
  );
}
