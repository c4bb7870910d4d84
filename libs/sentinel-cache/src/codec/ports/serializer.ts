import type { DecodeBudget } from '../budget/decode-budget.js';

/**
 * Turns values into bytes and back; ranks below the raw integer, which never reaches it.
 * A user's own SERIALIZER implements this.
 */
export interface Serializer {
  /** The bytes of a value; throws when the value can't be written. */
  dumps(value: unknown): Buffer;
  /**
   * The bytes of a value of an entry, or their text: others than those of `dumps` where they are made sooner
   * and every reader finds an equal value in them. Throws as `dumps`. Omitted: those of `dumps`.
   */
  dumpsEntry?(value: unknown): Buffer | string;
  /**
   * The value of bytes; throws when they can't be read. The bytes are hostile until proven otherwise.
   * `budget` is what may be made of them (OPTIONS.maxDecodedBytes); a serializer of one's own may leave it.
   */
  loads(bytes: Buffer, budget?: DecodeBudget): unknown;
  /** Text and bytes take at least their own length. */
  readonly writesWhole?: true;
}
