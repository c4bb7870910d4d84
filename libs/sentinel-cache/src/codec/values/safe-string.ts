import { KIND } from './kind.js';

/** Django's SafeString: text that templates don't escape (a rendered template fragment). Compare by `value`; `toString` and `toJSON` give it too. */
export class SafeString {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
    Object.freeze(this);
  }

  get [KIND](): 'safe-string' {
    return 'safe-string';
  }

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }
}
