import type { AtomSink } from './pickle-atoms.js';
import { ObjectMemo } from './object-memo.js';
import { PickleOutput } from './pickle-output.js';
import { TextMemo } from './text-memo.js';

/** What the writers of all values share: output, memo, class names, bytes. */
export abstract class PickleSink implements AtomSink {
  readonly out: PickleOutput;
  /** Memo numbers of objects already written. */
  protected readonly memo = new ObjectMemo();
  /** The same for dict keys and set members, where a list is written as a tuple. */
  protected readonly keyMemo = new ObjectMemo();
  private readonly texts = new TextMemo();
  /** Apart from the texts: a dict key may look like the path of a class. */
  private readonly globals: { readonly module: string; readonly name: string; readonly number: number }[] = [];

  constructor(readonly protocol: number) {
    this.out = new PickleOutput(protocol);
  }

  abstract push(value: unknown): void;

  pushKey(text: string): void {
    const known = this.texts.get(text);
    if (known !== undefined) return this.out.recall(known);
    this.out.text(text);
    this.texts.add(text, this.out.memoize());
  }

  global(module: string, name: string): void {
    for (const known of this.globals) if (known.name === name && known.module === module) return this.out.recall(known.number);
    if (this.protocol >= 4) {
      this.pushKey(module);
      this.out.text(name);
      this.out.memoize();
      this.out.byte(0x93); // STACK_GLOBAL
    } else this.out.raw(Buffer.from(`c${this.oldName(module, name)}\n`, 'latin1')); // GLOBAL
    this.globals.push({ module, name, number: this.out.memoize() });
  }

  private oldName(module: string, name: string): string {
    if (this.protocol === 2 && module === 'builtins') return `__builtin__\n${name === 'range' ? 'xrange' : name}`;
    return `${module}\n${name}`;
  }

  tuple(length: number): void {
    this.out.byte(length === 0 ? 0x29 : 0x84 + length);
    if (length > 0) this.out.memoize();
  }

  remember(value: object): void {
    this.memo.add(value, this.out.memoize());
  }

  protected forget(): void {
    this.memo.clear();
    this.keyMemo.clear();
    this.texts.clear();
    this.globals.length = 0;
  }

  /** Python's `bytes`. */
  protected saveBytes(value: object, bytes: Buffer): void {
    this.writeBytes(bytes);
    this.remember(value);
  }

  pushBytes(bytes: Buffer): void {
    this.writeBytes(bytes);
    this.out.memoize();
  }

  /** Protocol 2 has no bytes and asks for them as text, a character a byte. */
  private writeBytes(bytes: Buffer): void {
    if (this.protocol >= 3) return this.out.blob(0x43, 0x42, bytes); // SHORT_BINBYTES, BINBYTES
    if (bytes.length === 0) {
      this.global('builtins', 'bytes');
      this.tuple(0);
    } else {
      this.global('_codecs', 'encode');
      this.out.text(bytes.toString('latin1'));
      this.out.memoize();
      this.pushKey('latin1');
      this.tuple(2);
    }
    this.out.byte(0x52); // REDUCE
  }

  /** Python's `bytearray`; only protocol 5 has an opcode of its own for it. */
  protected saveByteArray(value: Uint8Array): void {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (this.protocol >= 5) this.out.byteArray(bytes);
    else {
      this.global('builtins', 'bytearray');
      if (bytes.length > 0) this.pushBytes(bytes);
      this.tuple(bytes.length > 0 ? 1 : 0);
      this.out.byte(0x52); // REDUCE
    }
    this.remember(value);
  }
}
