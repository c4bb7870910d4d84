import { describe, expect, it } from '@jest/globals';

import { encodeCommand, type EncodedCommand } from './encode-command.js';

const bytesOf = (command: EncodedCommand): Buffer =>
  Buffer.concat(
    (typeof command === 'string' ? [command] : command).map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
    ),
  );
const sent = (...args: unknown[]): string => bytesOf(encodeCommand('SET', args)).toString('utf8');

describe('a command as bytes', () => {
  it('is an array of strings, each with its length in bytes', () => {
    expect(sent('k', 'naïve €', 7, -0.5)).toBe('*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\nnaïve €\r\n$1\r\n7\r\n$4\r\n-0.5\r\n');
    expect(encodeCommand('PING', [])).toBe('*1\r\n$4\r\nPING\r\n');
  });

  it('keeps every byte: of binary values, of text outside ASCII, of lone surrogates as their replacement', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(bytesOf(encodeCommand('SET', [all])).subarray(-258, -2)).toEqual(all);
    expect(sent('\u{1f600}')).toContain('$4\r\n\u{1f600}\r\n');
    expect(sent('\ud800')).toContain('$3\r\n\ufffd\r\n');
  });

  it('writes a whole number beyond 2^53 without an exponent', () => {
    expect(sent(1e21)).toContain('$22\r\n1000000000000000000000\r\n');
  });

  it('writes other arguments as their text, lists item by item, and nothing for null', () => {
    expect(sent(['a', 'b'], true, null, undefined, 5n)).toBe(
      '*7\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n$4\r\ntrue\r\n$0\r\n\r\n$0\r\n\r\n$1\r\n5\r\n',
    );
  });

  it('sends long bytes as they are, not copied', () => {
    const long = Buffer.alloc(10_000, 'x');
    const parts = encodeCommand('SET', ['k', long, 'PX', 5]) as readonly (string | Buffer)[];
    expect(parts[1]).toBe(long);
    expect(bytesOf(parts).toString()).toBe(
      `*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$10000\r\n${'x'.repeat(10_000)}\r\n$2\r\nPX\r\n$1\r\n5\r\n`,
    );
    expect(sent('é'.repeat(5000))).toBe(`*2\r\n$3\r\nSET\r\n$10000\r\n${'é'.repeat(5000)}\r\n`);
  });

  it('refuses more text than a string can hold', () => {
    const most = 'x'.repeat(4000);
    expect(() =>
      encodeCommand(
        'DEL',
        Array.from({ length: 140_000 }, () => most),
      ),
    ).toThrow(RangeError);
  });
});
