import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../../../../errors/codec.error.js';
import { AwareDatetime } from '../../../values/aware-datetime.js';
import { Tuple } from '../../../values/tuple.js';
import { readPickle } from './pickle-reader.js';

const text = (value: string) => Buffer.from(value, 'latin1');
const read = (hex: string) => readPickle(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** The error of reading, which has to come soon. A bound of seconds: the measured ones are milliseconds. */
function refusal(bytes: Buffer): string {
  const started = Date.now();
  try {
    readPickle(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    expect(Date.now() - started).toBeLessThan(20_000);
    return (error as CodecError).message;
  }
  throw new Error('expected a refusal');
}

describe('pickle reader: opcodes', () => {
  it.each([
    ['lists by LIST and APPEND', '(I1\nI01\nF2.5\nL7L\nl.', [1, true, 2.5, 7]],
    ['dicts by DICT and SETITEM', '(Va\\u00e9\nI1\ndVb\nNs.', { aé: 1, b: null }],
    ['GET and PUT of protocol 0', '(lp0\nVx\np1\nag1\na.', ['x', 'x']],
    ['POP, POP_MARK and DUP', 'I1\nI2\n0(I3\n1 2'.replace(' ', '') + '\x86.', Tuple.of(1, 1)],
    ["Python 2's str", 'U\x02abT\x01\x00\x00\x00c\x86.', Tuple.of('ab', 'c')],
    ['LONG4, NEWTRUE, NONE', '\x80\x02(\x8b\x02\x00\x00\x00\x00\x01\x88Nt.', Tuple.of(256, true, null)],
    ['bytes after STOP, ignored as in Python', 'I1\n.garbage', 1],
    ['an empty batch', '](e}(u\x86.', Tuple.of([], {})],
    [
      'copy_reg._reconstructor',
      'ccopy_reg\n_reconstructor\n(cuuid\nUUID\nc__builtin__\nobject\nNtR(dVint\nL5L\nsb.',
      '00000000-0000-0000-0000-000000000005',
    ],
    ['NEWOBJ_EX without names', '\x80\x04cdecimal\nDecimal\nVx1\n'.replace('x', '') + '\x85}\x92.', '1'],
  ])('W-14: %s', (_name, bytes, value) => {
    const result = readPickle(text(bytes));
    expect(typeof value === 'string' ? String(result) : result).toEqual(value);
  });

  it('W-14: BINBYTES8, BINUNICODE8, BYTEARRAY8, LONG_BINPUT and LONG_BINGET', () => {
    expect(
      read('80 05 8e 0100000000000000 61 8d 0100000000000000 62 72 00000000 6a 00000000 96 0100000000000000 63 28 31 87 2e'),
    ).toEqual(Tuple.of('b', 'b', expect.anything()));
  });

  it('reads what pytz of Django 3.2 wrote', () => {
    const bytes = text('\x80\x03cdatetime\ndatetime\nC\x0a\x07\xe8\x02\x1d\x0c\x22\x38\x00\x00\x00cpytz\n_UTC\n)R\x86R.');
    expect((readPickle(bytes) as AwareDatetime).toISOString()).toBe('2024-02-29T12:34:56.000Z');
  });

  it('a dict with other keys than strings is a Map, also when it was referred to before', () => {
    expect(read('80047d944b018c0161732e')).toEqual(new Map([[1, 'a']]));
    const map = read('8004 7d94 28 8c0161 6800 4b01 6800 75 2e') as Map<unknown, unknown>;
    expect([...map.keys()]).toEqual(['a', 1]);
    expect(map.get('a')).toBe(map);
    expect(read('8004 5d 28 7d 4b05 65 2e')).toEqual([{}, 5]);
  });

  it('__proto__ is a key like any other', () => {
    const dict = read('8004 7d 8c095f5f70726f746f5f5f 7d 8c0161 4b01 73 73 2e') as object;
    expect(Object.keys(dict)).toEqual(['__proto__']);
    expect((dict as { a?: number }).a).toBeUndefined();
  });
});

describe('pickle reader: the allow-list', () => {
  it.each([
    ['cos\nsystem\n(Vls\ntR.', 'os.system'],
    ['\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.', 'builtins.eval'],
    ['c__main__\nColor\n(I1\ntR.', '__main__.Color'],
    ['cdjango.http.response\nHttpResponse\n.', 'django.http.response.HttpResponse'],
    ['c__builtin__\nconstructor\n.', '__builtin__.constructor'],
  ])('W-16: %j is refused by name', (bytes, name) => {
    expect(refusal(text(bytes))).toContain(name);
  });

  it('W-16: a class used up as an argument does not come back through the memo', () => {
    const bytes = 'cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntp0\nR(VUTC\nI1\ntRg0\n\x86.';
    expect((readPickle(text(bytes)) as unknown[])[1]).toEqual(Tuple.of());
  });

  it.each([
    ['getattr of anything else', 'c__builtin__\ngetattr\n(cuuid\nUUID\nV__class__\ntR.'],
    ['a class as a value', 'cuuid\nUUID\n.'],
    ['a class in a list', '(cuuid\nUUID\nl.'],
    ['a UUID without a number', 'cuuid\nUUID\n)\x81.'],
    ['a UUID with two numbers', 'cuuid\nUUID\n)\x81(dVint\nI1\nsb(dVint\nI2\nsb.'],
    ['a state for a list', '](db.'],
    ['named arguments', 'cuuid\nUUID\n)(dVhex\nVx\ns\x92.'],
    ['persistent ids', 'Pid\n.'],
    ['extension codes', '\x82\x01.'],
    ['INST and OBJ', '(iuuid\nUUID\n.'],
    ['out-of-band buffers', '\x80\x05\x97.'],
    ['a month of 13', '\x80\x03cdatetime\ndate\nC\x04\x07\xe8\x0d\x01\x85R.'],
    ['a Decimal of words', 'cdecimal\nDecimal\n(Vabc\ntR.'],
    ['an unknown zone', 'cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(VNo/Where\nI1\ntR.'],
  ])('W-16: refuses %s', (_name, bytes) => {
    expect(refusal(text(bytes))).toContain("can't be read");
  });
});

describe('pickle reader: hostile bytes', () => {
  it.each([
    ['nothing', ''],
    ['no STOP', 'I1\n'],
    ['STOP alone', '.'],
    ['STOP above a mark', 'I1\n(.'],
    ['an unknown opcode', '\xff.'],
    ['a newer protocol', '\x80\x06N.'],
    ['a string that ends early', '\x8c\x05ab.'],
    ['a string of 4 GiB', 'X\xff\xff\xff\xffab.'],
    ['bytes of 2^63', '\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.'],
    ['a frame beyond the end', '\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.'],
    ['a memo index of 4e9', 'Nr\x00\x00\x00\xee.'],
    ['an empty memo index', 'h\x05.'],
    ['a mark without end', '(((('],
    ['TUPLE without mark', 't.'],
    ['items below the mark', '](K\x01a.'],
    ['an odd number of items', '}(K\x01u.'],
    ['a list as key', '}]K\x01s.'],
    ['a dict in a tuple as key', '}}\x85K\x01s.'],
    ['a list in a set', '\x8f(]\x90.'],
    ['an appended tuple', ')K\x01a.'],
    ['text that is not UTF-8', '\x8c\x01\xff.'],
    ['an overlong encoding', '\x8c\x02\xc0\x80.'],
    ['an overlong encoding of three bytes', '\x8c\x03\xe0\x80\x80.'],
    ['an integer of a million bytes', `\x8b\x40\x42\x0f\x00${'\x01'.repeat(1_000_000)}.`],
    ['a line of 5000 digits', `L${'1'.repeat(5000)}L\n.`],
    ['a float of words', 'Fabc\n.'],
  ])('W-14: refuses %s', (_name, bytes) => {
    expect(refusal(text(bytes))).toContain("can't be read");
  });

  it.each([
    ['100 000 lists', ']'.repeat(100_000) + 'a'.repeat(99_999) + '.'],
    ['100 000 tuples', ')' + '\x85'.repeat(100_000) + '.'],
    ['100 000 lists by the memo', ']q\x00' + ']h\x00aq\x00'.repeat(100_000) + '.'],
    ['100 000 dicts', '}' + 'K\x01}'.repeat(100_000) + 's'.repeat(100_000) + '.'],
    ['a tuple of 100 000 levels as key', '})' + '\x85'.repeat(100_000) + 'Ns.'],
    ['100 000 frozensets', '(\x91' + 'q\x00(h\x00\x91'.repeat(100_000) + '.'],
  ])('refuses %s in one another without a deep stack', (_name, bytes) => {
    expect(refusal(text(bytes))).toMatch(/deeper|maxDecodedBytes/);
  });

  it('reads shared parts as shared, and refuses a billion laughs, as a key too', () => {
    const laughs = (levels: number) => ')' + '\x85q\x00' + '0h\x00h\x00\x86q\x00'.repeat(levels) + '.';
    const [left, right] = readPickle(text(laughs(20))) as [unknown, unknown];
    expect(left).toBe(right);
    expect(refusal(text(laughs(900)))).toContain('unfold');
    expect(refusal(text(`}${laughs(900).slice(0, -1)}Ns.`))).toContain('unfold');
    expect(refusal(text(')' + '2\x86'.repeat(900) + '.'))).toContain('unfold');
  });

  it('is cheap where many dicts need a second look', () => {
    const bytes = text(']' + `(${'}\x94K\x01Ns'.repeat(1000)}e`.repeat(50) + '.');
    expect(readPickle(bytes)).toHaveLength(50_000);
  });
});
