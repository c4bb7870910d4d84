import type { Backend, EntryToken } from '../../backends/port/backend.js';
import type { ValueWithToken } from './cache-options.js';
import { NO_VALUE, type EntrySpace } from './entry-space.js';

/**
 * What `getWithToken` resolves to. A class: creating an object with an accessor would cost as much as the
 * rest of the read.
 */
export class FoundValue<T> implements ValueWithToken<T> {
  readonly value: T | null | undefined;

  constructor(
    private readonly found: Awaited<ReturnType<Backend['getWithToken']>>,
    private readonly space: EntrySpace,
    private readonly storedKey: string,
  ) {
    this.value = this.copy();
  }

  get token(): EntryToken {
    return this.found.token;
  }

  copy(): T | null | undefined {
    const { bytes } = this.found;
    if (bytes === null) return undefined;
    const value = this.space.readCurrent<T>(bytes, this.storedKey);
    return value === NO_VALUE ? undefined : value;
  }
}
