import { KIND, knowByKind } from './kind.js';

/**
 * Django's SafeString: text that templates don't escape (a rendered template fragment). Compare by `value`;
 * `toString` and `toJSON` give it too.
 */
export class SafeString {
  static {
    knowByKind(this, 'safe-string');
  }

  /** The text. */
  readonly value: string;

  constructor(value: string) {
    this.value = value;
    Object.freeze(this);
  }

  get [KIND](): 'safe-string' {
    return 'safe-string';
  }

  /** Returns `value`. */
  toString(): string {
    return this.value;
  }

  /** Returns `value`. */
  toJSON(): string {
    return this.value;
  }
}
