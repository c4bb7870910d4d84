import type { AtomSink } from './pickle-atoms.js';
import { PickleOutput } from './pickle-output.js';

const PYTHON_2_NAMES: Readonly<Record<string, string>> = { 'builtins.range': '__builtin__\nxrange' };

/** What the writers of all values share: output, memo, class names, bytes. */
export abstract class PickleSink implements AtomSink {
  readonly out: PickleOutput;
  /** Memo numbers of objects already written. */
  protected readonly memo = new Map<object, number>();
  /** The same for dict keys and set members, where a list is written as a tuple. */
  protected readonly keyMemo = new Map<object, number>();
  private readonly texts = new Map<string, number>();
  /** Apart from the texts: a dict key may look like the path of a class. */
  private readonly globals = new Map<string, number>();

  constructor(readonly protocol: number) {
    this.out = new PickleOutput(protocol);
  }

  abstract push(value: unknown): void;

  pushKey(text: string): void {
    const known = this.texts.get(text);
    if (known !== undefined) return this.out.recall(known);
    this.out.text(text);
    this.texts.set(text, this.out.memoize());
  }

  global(module: string, name: string): void {
    const path = `${module}\n${name}`;
    const known = this.globals.get(path);
    if (known !== undefined) return this.out.recall(known);
    if (this.protocol >= 4) {
      this.pushKey(module);
      this.out.text(name);
      this.out.memoize();
      this.out.byte(0x93); // STACK_GLOBAL
    } else {
      const old =
        this.protocol === 2 ? (PYTHON_2_NAMES[`${module}.${name}`] ?? path.replace(/^builtins\n/, '__builtin__\n')) : path;
      this.out.raw(Buffer.from(`c${old}\n`, 'latin1')); // GLOBAL
    }
    this.globals.set(path, this.out.memoize());
  }

  tuple(length: number): void {
    this.out.byte(length === 0 ? 0x29 : 0x84 + length);
    if (length > 0) this.out.memoize();
  }

  remember(value: object): void {
    this.memo.set(value, this.out.memoize());
  }

  protected forget(): void {
    this.memo.clear();
    this.keyMemo.clear();
    this.texts.clear();
    this.globals.clear();
  }

  /** Python's `bytes`; protocol 2 has none and asks for them as text, a character a byte. */
  protected saveBytes(value: object, bytes: Buffer): void {
    if (this.protocol >= 3)
      this.out.blob(0x43, 0x42, bytes); // SHORT_BINBYTES, BINBYTES
    else if (bytes.length === 0) {
      this.global('builtins', 'bytes');
      this.tuple(0);
      this.out.byte(0x52); // REDUCE
    } else {
      this.global('_codecs', 'encode');
      this.out.text(bytes.toString('latin1'));
      this.out.memoize();
      this.pushKey('latin1');
      this.tuple(2);
      this.out.byte(0x52); // REDUCE
    }
    this.remember(value);
  }

  /** Python's `bytearray`; only protocol 5 has an opcode of its own for it. */
  protected saveByteArray(value: Uint8Array): void {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (this.protocol >= 5) this.out.byteArray(bytes);
    else {
      this.global('builtins', 'bytearray');
      if (bytes.length > 0) this.saveBytes(bytes, bytes);
      this.tuple(bytes.length > 0 ? 1 : 0);
      this.out.byte(0x52); // REDUCE
    }
    this.remember(value);
  }
}
