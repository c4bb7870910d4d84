import { describe, expect, it } from '@jest/globals';
import { AwareDatetime } from './aware-datetime.js';
import { ByteArray } from './byte-array.js';
import { Complex } from './complex.js';
import { Decimal } from './decimal.js';
import { ELLIPSIS } from './ellipsis.js';
import { FrozenSet } from './frozen-set.js';
import { kindOf } from './kind.js';
import { NaiveDatetime } from './naive-datetime.js';
import { OrderedDict } from './ordered-dict.js';
import { PythonDate } from './python-date.js';
import { PythonRange } from './python-range.js';
import { PythonTime } from './python-time.js';
import { SafeString } from './safe-string.js';
import { Timedelta } from './timedelta.js';
import { Timezone } from './timezone.js';
import { Tuple } from './tuple.js';
import { Uuid } from './uuid.js';

const wall = (month: number, day: number, hour: number, minute = 0, fold: 0 | 1 = 0) =>
  new NaiveDatetime({ year: 2024, month, day, hour, minute, fold });
const paris = Timezone.zone('Europe/Paris');

describe('aware datetimes', () => {
  it('are Dates that keep microseconds and zone', () => {
    const ist = Timezone.fixed(new Timedelta(0, 19_800));
    const at = new AwareDatetime(new NaiveDatetime({ year: 2024, month: 2, day: 29, hour: 12, microsecond: 789_012 }), ist);
    expect(at.toISOString()).toBe('2024-02-29T06:30:00.789Z');
    expect([at.isoformat(), at.microsecond, JSON.stringify(at)]).toEqual([
      '2024-02-29T12:00:00.789012+05:30',
      789_012,
      '"2024-02-29T06:30:00.789Z"',
    ]);
  });

  it('follow the clock of their zone, summer and winter', () => {
    expect(new AwareDatetime(wall(7, 1, 12), paris).toISOString()).toBe('2024-07-01T10:00:00.000Z');
    expect(new AwareDatetime(wall(1, 1, 12), paris).isoformat()).toBe('2024-01-01T12:00:00+01:00');
  });

  it('PEP 495: fold tells the two readings apart when clocks are set back', () => {
    expect(new AwareDatetime(wall(10, 27, 2, 30), paris).toISOString()).toBe('2024-10-27T00:30:00.000Z');
    const second = new AwareDatetime(wall(10, 27, 2, 30, 1), paris);
    expect(second.toISOString()).toBe('2024-10-27T01:30:00.000Z');
    expect(AwareDatetime.ofDate(second, paris).wall).toEqual(wall(10, 27, 2, 30, 1));
  });

  it('PEP 495: a reading that never comes takes the offset from before, with fold the one after', () => {
    expect(new AwareDatetime(wall(3, 31, 2, 30), paris).toISOString()).toBe('2024-03-31T01:30:00.000Z');
    expect(new AwareDatetime(wall(3, 31, 2, 30, 1), paris).toISOString()).toBe('2024-03-31T00:30:00.000Z');
  });

  it('follow a setter of Date, and keep what is below a millisecond', () => {
    const at = new AwareDatetime(new NaiveDatetime({ year: 2024, month: 7, day: 1, microsecond: 5 }), paris);
    at.setUTCHours(at.getUTCHours() + 1);
    expect(at.isoformat()).toBe('2024-07-01T01:00:00.000005+02:00');
  });

  it('reach the year 1', () => {
    const first = new AwareDatetime(new NaiveDatetime({ year: 1, month: 1, day: 1 }), Timezone.UTC);
    expect(first.isoformat()).toBe('0001-01-01T00:00:00+00:00');
    expect(AwareDatetime.ofDate(first).wall).toEqual(first.wall);
  });
});

describe('other moments', () => {
  it('refuse what the calendar and the clock do not have', () => {
    expect(() => new PythonDate(2023, 2, 29)).toThrow(RangeError);
    expect(() => new PythonDate(1900, 2, 29)).toThrow(RangeError);
    expect(String(new PythonDate(2000, 2, 29))).toBe('2000-02-29');
    expect(() => new PythonDate(0, 1, 1)).toThrow(RangeError);
    expect(() => new PythonTime(24)).toThrow(RangeError);
    expect(() => new NaiveDatetime({ year: 2024, month: 4, day: 31 })).toThrow(RangeError);
    expect(() => Timezone.fixed(new Timedelta(1))).toThrow(RangeError);
    expect(() => Timezone.zone('No/Where')).toThrow(RangeError);
    expect(() => Timezone.zone('+05:30')).toThrow(RangeError);
  });

  it('print as Python prints them', () => {
    expect(String(new PythonTime(1, 2, 3, 4, { timezone: Timezone.fixed(new Timedelta(-1, 86_370)) }))).toBe(
      '01:02:03.000004-00:00:30',
    );
    expect([String(Timezone.UTC), String(paris), String(Timezone.fixed(new Timedelta(0, 3600), 'CET'))]).toEqual([
      'UTC',
      'Europe/Paris',
      'CET',
    ]);
    expect(Timezone.fixed(new Timedelta(0))).toBe(Timezone.UTC);
  });

  it('W-23: timedeltas are normalised, and ISO 8601 in JSON', () => {
    expect(new Timedelta(0, -1)).toMatchObject({ days: -1, seconds: 86_399, microseconds: 0 });
    expect(Timedelta.ofMs(-0.5)).toMatchObject({ days: -1, seconds: 86_399, microseconds: 999_500 });
    expect([String(new Timedelta(1, 7384, 5)), new Timedelta(1, 7384, 5).toJSON()]).toEqual([
      '1 day, 2:03:04.000005',
      'P1DT02H03M04.000005S',
    ]);
    expect(new Timedelta(0, -1).toJSON()).toBe('-P0DT00H00M01S');
    expect(new Timedelta(1, 1, 500_000).toMs()).toBe(86_401_500);
    expect(() => new Timedelta(1e9)).toThrow(RangeError);
    expect(() => new Timedelta(1.5)).toThrow(RangeError);
  });
});

describe('single values', () => {
  it('Decimal keeps its text', () => {
    expect(['1.10', '-1E+3', 'NaN', '-Infinity', '.5'].map((text) => String(new Decimal(text)))).toEqual([
      '1.10',
      '-1E+3',
      'NaN',
      '-Infinity',
      '.5',
    ]);
    expect(['1.10', '-Infinity', 'sNaN'].map((text) => new Decimal(text).toNumber())).toEqual([1.1, -Infinity, NaN]);
    for (const text of ['', 'abc', '1.2.3', '1e', '--1', ' 1']) expect(() => new Decimal(text)).toThrow(RangeError);
  });

  it('Uuid is its usual text, from whatever spelling', () => {
    const text = '12345678-1234-5678-1234-56781234567a';
    expect([text, text.toUpperCase(), text.replaceAll('-', '')].map((spelling) => new Uuid(spelling).value)).toEqual([
      text,
      text,
      text,
    ]);
    expect(new Uuid(text)).toEqual(new Uuid(text));
    expect(() => new Uuid('123')).toThrow(RangeError);
  });

  it('can not be changed', () => {
    const frozen = [
      new Decimal('1'),
      new Uuid('0'.repeat(32)),
      new Complex(1, 2),
      new PythonRange(0, 2),
      new SafeString('x'),
      Timezone.UTC,
      wall(1, 1, 1),
    ];
    for (const value of frozen) expect(Object.isFrozen(value)).toBe(true);
    const set = new FrozenSet([1]);
    expect(() => set.add(2)).toThrow(TypeError);
    expect(() => set.delete(1)).toThrow(TypeError);
    expect(() => set.clear()).toThrow(TypeError);
    expect([...set]).toEqual([1]);
  });

  it('range counts, also past 2^53; complex and Ellipsis print', () => {
    expect([...new PythonRange(5, 0, -2)]).toEqual([5, 3, 1]);
    expect([...new PythonRange(2n ** 60n, 2n ** 60n + 2n)]).toEqual([2n ** 60n, 2n ** 60n + 1n]);
    expect(() => new PythonRange(0, 1, 0)).toThrow(RangeError);
    expect([String(new PythonRange(0, 10, 2)), String(new Complex(1, -2)), String(ELLIPSIS)]).toEqual([
      'range(0, 10, 2)',
      '(1-2j)',
      'Ellipsis',
    ]);
  });
});

describe('containers', () => {
  it('a tuple is an Array that remembers it; what is made of it is a plain one', () => {
    const tuple = Tuple.of(1, 'b');
    expect([Array.isArray(tuple), kindOf(tuple), JSON.stringify(tuple)]).toEqual([true, 'tuple', '[1,"b"]']);
    expect(kindOf(tuple.map(String))).toBeUndefined();
    expect(kindOf(tuple.filter(Boolean))).toBeUndefined();
    expect(kindOf(Tuple.from([3]))).toBe('tuple');
    expect(Tuple.of(3)).toHaveLength(1);
  });

  it('know what they are across duplicate installs', () => {
    const kinds = [new FrozenSet(), new OrderedDict(), new ByteArray(1), new SafeString('')].map(kindOf);
    expect(kinds).toEqual(['frozenset', 'ordered-dict', 'bytearray', 'safe-string']);
    const twin = Object.create({ [Symbol.for('nestjs-sentinel-cache.value-kind')]: 'decimal' }) as object;
    expect(kindOf(twin)).toBe('decimal');
  });
});
