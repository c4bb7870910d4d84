import type { Writable } from 'node:stream';

import type { EncodedCommand } from '../resp/encode-command.js';

/** A text grows to about this many characters before the next one begins. */
const LONG_TEXT = 64 * 1024;

/**
 * What a connection writes next: the commands of one turn of the event loop, which share one system call.
 * The greeting with its password is among them: nothing that prints an object may see it.
 */
export class Outbox {
  #text = '';
  #parts: (string | Buffer)[] = [];

  get isEmpty(): boolean {
    return this.#text === '' && this.#parts.length === 0;
  }

  add(command: EncodedCommand): void {
    if (typeof command === 'string') this.addText(command);
    else {
      for (const part of command) {
        if (typeof part === 'string') this.addText(part);
        else this.addBytes(part);
      }
    }
  }

  /** Writes everything and is empty afterwards. */
  writeTo(stream: Writable): void {
    const [text, parts] = [this.#text, this.#parts];
    this.clear();
    if (parts.length === 0) {
      if (text !== '') stream.write(text, 'latin1');
      return;
    }
    if (text !== '') parts.push(text);
    stream.cork();
    for (const part of parts) {
      if (typeof part === 'string') stream.write(part, 'latin1');
      else stream.write(part);
    }
    stream.uncork();
  }

  clear(): void {
    this.#text = '';
    this.#parts = [];
  }

  private addText(text: string): void {
    if (this.#text.length > LONG_TEXT) this.addPart();
    this.#text += text;
  }

  private addBytes(bytes: Buffer): void {
    this.addPart();
    this.#parts.push(bytes);
  }

  private addPart(): void {
    if (this.#text !== '') this.#parts.push(this.#text);
    this.#text = '';
  }
}
