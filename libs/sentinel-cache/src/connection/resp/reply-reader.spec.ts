import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { ProtocolError } from './protocol-error.js';
import { ErrorReply, type Reply } from './reply.js';
import { DATA_LIMITS, SENTINEL_LIMITS, type ReplyLimits } from './reply-limits.js';
import { ReplyReader } from './reply-reader.js';

interface Heard {
  readonly replies: Reply[];
  readonly pushes: (readonly Reply[])[];
}

const open = (protocol: 2 | 3 = 2, limits: ReplyLimits = DATA_LIMITS): { reader: ReplyReader; heard: Heard } => {
  const heard: Heard = { replies: [], pushes: [] };
  const listener = {
    onReply: (reply: Reply): unknown => heard.replies.push(reply),
    onPush: (push: readonly Reply[]): unknown => heard.pushes.push(push),
  };
  return { reader: new ReplyReader(protocol, limits, listener as never), heard };
};
const read = (text: string, protocol: 2 | 3 = 2, limits?: ReplyLimits): Reply[] => {
  const { reader, heard } = open(protocol, limits);
  reader.read(Buffer.from(text));
  return heard.replies;
};
const refuses = (text: string, protocol: 2 | 3 = 2, limits?: ReplyLimits): string => {
  try {
    read(text, protocol, limits);
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
  return 'taken';
};

const REPLIES: readonly [string, Reply][] = [
  ['$5\r\nhello\r\n', Buffer.from('hello')],
  ['$0\r\n\r\n', Buffer.alloc(0)],
  ['$-1\r\n', null],
  ['*-1\r\n', null],
  ['+OK\r\n', Buffer.from('OK')],
  [':0\r\n', 0],
  [':-12\r\n', -12],
  [':9007199254740991\r\n', 9_007_199_254_740_991],
  [':9007199254740993\r\n', 9_007_199_254_740_993n],
  [':-9223372036854775808\r\n', -(2n ** 63n)],
  ['-ERR no\r\n', new ErrorReply('ERR no')],
  ['*0\r\n', []],
  ['*3\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n-ERR x\r\n', [Buffer.from('a'), [1, null], new ErrorReply('ERR x')]],
];

describe('ReplyReader', () => {
  it.each(REPLIES)('reads %j', (text, reply) => {
    expect(read(text)).toEqual([reply]);
  });

  it('reads the same from any two parts, and from single bytes', () => {
    const text = REPLIES.map(([part]) => part).join('');
    const whole = inspect(read(text));
    const bytes = Buffer.from(text);
    for (let at = 0; at <= bytes.length; at += 1) {
      const { reader, heard } = open();
      reader.read(bytes.subarray(0, at));
      reader.read(bytes.subarray(at));
      expect(inspect(heard.replies)).toBe(whole);
    }
    const { reader, heard } = open();
    for (const byte of bytes) reader.read(Buffer.of(byte));
    expect(inspect(heard.replies)).toBe(whole);
  });

  it('a string of 3 MB in parts is the same string', () => {
    const value = Buffer.alloc(3_000_000, 'abcdefg');
    const { reader, heard } = open();
    const bytes = Buffer.concat([Buffer.from('$3000000\r\n'), value, Buffer.from('\r\n:1\r\n')]);
    for (let at = 0; at < bytes.length; at += 1000) reader.read(bytes.subarray(at, at + 1000));
    expect(value.equals(heard.replies[0] as Buffer)).toBe(true);
    expect(heard.replies[1]).toBe(1);
  });

  it('reads RESP3: maps and sets flat, doubles as text, booleans as numbers, pushes apart', () => {
    const { reader, heard } = open(3, SENTINEL_LIMITS);
    reader.read(
      Buffer.from('%1\r\n+a\r\n:1\r\n~1\r\n#t\r\n,1.5\r\n_\r\n(12\r\n=5\r\ntxt:a\r\n!3\r\nERR\r\n>2\r\n+message\r\n+x\r\n'),
    );
    expect(heard.replies).toEqual([[Buffer.from('a'), 1], [1], '1.5', null, 12, Buffer.from('txt:a'), new ErrorReply('ERR')]);
    expect(heard.pushes).toEqual([[Buffer.from('message'), Buffer.from('x')]]);
  });

  it.each([
    [':abc\r\n'],
    [':1.5\r\n'],
    [':\r\n'],
    [':-\r\n'],
    [':+1\r\n'],
    [`:${'9'.repeat(21)}\r\n`],
    ['$\r\n'],
    ['$-2\r\n'],
    ['$1x\r\n'],
    ['$3\r\nabcd\r\n'],
    ['*1e3\r\n'],
    ['+no end\n'],
    ['_\r\n'],
    [',1.5\r\n'],
    ['#t\r\n'],
    ['(12\r\n'],
    ['%1\r\n+a\r\n+b\r\n'],
    ['>2\r\n+subscribe\r\n+a\r\n'],
    ['$?\r\n'],
    ['HTTP/1.1 400 Bad Request\r\n'],
    ['\r\n'],
    ['\0'],
  ])('takes %j for no reply', (text) => {
    expect(refuses(text)).not.toBe('taken');
  });

  it.each([
    ['(12x\r\n'],
    [',nope\r\n'],
    ['#x\r\n'],
    ['_1\r\n'],
    ['>0\r\n'],
    ['>-1\r\n'],
    ['*1\r\n>1\r\n+x\r\n'],
    ['|1\r\n+a\r\n+b\r\n'],
    ['.\r\n'],
  ])('takes %j for no RESP3', (text) => {
    expect(refuses(text, 3, SENTINEL_LIMITS)).not.toBe('taken');
  });

  it('bounds what a server can make it keep: strings, lines, items, depth, whole replies', () => {
    const limits = { ...DATA_LIMITS, lineBytes: 20, stringBytes: 100, replyBytes: 300, items: 10, depth: 3 };
    const refused = (text: string): string => refuses(text, 2, limits);
    expect(refused('$101\r\n')).toContain('a string of 101 bytes');
    expect(refused(`+${'x'.repeat(40)}`)).toContain('a line of more than 20 bytes');
    expect(refused(`+${'x'.repeat(40)}\r\n`)).toContain('a line of more than 20 bytes');
    expect(refused('*11\r\n')).toContain('more than 10 items');
    expect(refused(`*6\r\n${'*2\r\n:1\r\n:1\r\n'.repeat(6)}`)).toContain('more than 10 items');
    expect(refused('*1\r\n*1\r\n*1\r\n*1\r\n')).toContain('nested more than 3 deep');
    expect(refused(`*9\r\n${`$90\r\n${'x'.repeat(90)}\r\n`.repeat(9)}`)).toContain('more than 300 bytes');
    // Bounds are of one reply, not of a connection.
    expect(read(`*9\r\n${':1\r\n'.repeat(9)}`.repeat(50), 2, limits)).toHaveLength(50);
  });

  it('allocates nothing for what a length claims', () => {
    const { reader } = open();
    const before = process.memoryUsage();
    reader.read(Buffer.from('$536870912\r\nabc'));
    const { reader: other } = open();
    other.read(Buffer.from('*2000000\r\n'));
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(10_000_000);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(10_000_000);
  });

  it('hands out what was complete before the first wrong byte', () => {
    const { reader, heard } = open();
    expect(() => reader.read(Buffer.from(':1\r\n:2\r\nx'))).toThrow(ProtocolError);
    expect(heard.replies).toEqual([1, 2]);
  });

  it('tells progress: a reply that was completed, a sixteenth of a long string, but no trickle', () => {
    const { reader } = open();
    expect(reader.read(Buffer.from('*3\r\n:1\r\n'))).toBe(false);
    expect(reader.read(Buffer.from(':2\r\n'))).toBe(false);
    expect(reader.read(Buffer.from(':3\r\n'))).toBe(true);
    expect(reader.read(Buffer.from('$4000000\r\n'))).toBe(false);
    expect(reader.read(Buffer.alloc(200_000))).toBe(false);
    expect(reader.read(Buffer.alloc(60_000))).toBe(true);
    expect(reader.read(Buffer.alloc(1000))).toBe(false);
  });

  it('hands out the items of an array one by one to whoever wants them', () => {
    const items: [Reply, number][] = [];
    const replies: Reply[] = [];
    const reader = new ReplyReader(2, DATA_LIMITS, {
      onReply: (reply) => void replies.push(reply),
      onPush: () => undefined,
      itemListener: () => (item, index) => void items.push([item, index]),
    });
    reader.read(Buffer.from('*3\r\n:1\r\n*2\r\n:2\r\n:3\r\n'));
    expect(items).toEqual([
      [1, 0],
      [[2, 3], 1],
    ]);
    reader.read(Buffer.from('$-1\r\n:9\r\n'));
    expect(items.at(-1)).toEqual([null, 2]);
    expect(replies).toEqual([[], 9]);
  });
});
