import { Writable } from 'node:stream';
import { inspect } from 'node:util';

import { expect, it } from '@jest/globals';

import { Outbox } from './outbox.js';

/** A stream that keeps what it gets, write by write as the socket would. */
function sink(): { stream: Writable; writes: string[][] } {
  const writes: string[][] = [];
  const text = (chunk: string | Buffer, encoding: string): string =>
    typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding).toString() : chunk.toString();
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, encoding, done) => {
      writes.push([text(chunk, encoding)]);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.map(({ chunk, encoding }) => text(chunk as string | Buffer, encoding)));
      done();
    },
  });
  return { stream, writes };
}

it('joins texts to one write, and is empty afterwards', () => {
  const { stream, writes } = sink();
  const outbox = new Outbox();
  for (const text of ['a', 'b', 'c']) outbox.add(text);
  outbox.writeTo(stream);
  expect(outbox.isEmpty).toBe(true);
  outbox.writeTo(stream);
  expect(writes).toEqual([['abc']]);
});

it('sends long bytes between the texts, in order, in one system call', () => {
  const { stream, writes } = sink();
  const outbox = new Outbox();
  outbox.add('a');
  outbox.add(['b', Buffer.from('LONG'), 'c']);
  outbox.add('d');
  outbox.writeTo(stream);
  expect(writes.flat().join('')).toBe('abLONGcd');
});

it('cuts what gets very long', () => {
  const { stream, writes } = sink();
  const outbox = new Outbox();
  for (let i = 0; i < 10; i += 1) outbox.add(String(i).repeat(40_000));
  outbox.writeTo(stream);
  const parts = writes.flat();
  expect(parts.length).toBeGreaterThan(3);
  expect(parts.join('')).toHaveLength(400_000);
});

it('shows nothing of what it holds to what prints objects: a greeting has a password', () => {
  const outbox = new Outbox();
  outbox.add('HELLO 2 AUTH default hunter2');
  outbox.add(['hunter2', Buffer.from('hunter2')]);
  expect(inspect(outbox, { depth: null, showHidden: true })).not.toMatch(/hunter2|68 75 6e 74/);
  expect(JSON.stringify(outbox)).toBe('{}');
});
